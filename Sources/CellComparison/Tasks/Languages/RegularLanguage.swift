public import DenseArrays

/// A question about a string that a finite automaton answers, asked after its last symbol.
///
/// Strings of a batch have one length, drawn uniformly from a range. Source of the choice of tasks, and of training on short
/// and testing on long strings: Delétang et al., "Neural networks and the Chomsky hierarchy", 2023, section 4.
public struct RegularLanguage: SequenceProblem {
  /// What is asked.
  public enum Question: Sendable {
    /// Whether a string of bits has an odd number of ones.
    case parity
    /// Whether the number of places where neighbouring bits differ is odd, that is, whether the first and last bits differ.
    case evenPairs
    /// The value modulo 5 of digits 0 to 4 with +, - or x between them, products first. Strings have an odd length: an even
    /// one that is drawn loses its last symbol.
    case modularArithmetic
  }

  /// What is asked.
  public let question: Question
  /// The lengths of strings.
  public let lengths: ClosedRange<Int>

  /// The problem; lengths below 1, or below 2 for even pairs, stop.
  public init(_ question: Question, lengths: ClosedRange<Int>) {
    let shortest = question == .evenPairs ? 2 : 1
    guard lengths.lowerBound >= shortest else {
      stop("RegularLanguage: strings of \(lengths.lowerBound) symbols; expected at least \(shortest)")
    }
    self.question = question
    self.lengths = lengths
  }

  /// The digits, and the operators +, - and x.
  public var inputSize: Int { question == .modularArithmetic ? Self.modulus + 3 : 2 }
  public var outputSize: Int { question == .modularArithmetic ? Self.modulus : 2 }

  private static let modulus = 5

  public func batch(count: Int, using random: inout RandomSource) -> SequenceBatch {
    var length = random.number(in: lengths)
    if question == .modularArithmetic, length % 2 == 0 { length -= 1 }
    let rows = (0..<count).map { _ in
      let symbols = (0..<length).map { step in
        guard question == .modularArithmetic else { return random.number(below: 2) }
        return step % 2 == 0 ? random.number(below: Self.modulus) : Self.modulus + random.number(below: 3)
      }
      var row = symbols.map { SymbolBatch.Step(symbol: $0) }
      row[length - 1].answer = answer(symbols)
      return row
    }
    return SymbolBatch(rows: rows, alphabet: inputSize).classes(answerSteps: 1)
  }

  /// What is right after a string.
  private func answer(_ symbols: [Int]) -> Int {
    switch question {
    case .parity: return symbols.reduce(0, ^)
    case .evenPairs: return symbols[0] ^ symbols[symbols.count - 1]
    case .modularArithmetic:
      var (sum, product) = (0, symbols[0])
      for index in stride(from: 1, to: symbols.count, by: 2) {
        (sum, product) = Self.next(sum, product, operation: symbols[index] - Self.modulus, digit: symbols[index + 1])
      }
      return (sum + product) % Self.modulus
    }
  }

  /// The sum of the finished products and the unfinished one, after one more operator (+, -, x) and digit.
  private static func next(_ sum: Int, _ product: Int, operation: Int, digit: Int) -> (Int, Int) {
    switch operation {
    case 0: ((sum + product) % modulus, digit)
    case 1: ((sum + product) % modulus, (modulus - digit) % modulus)
    default: (sum, product * digit % modulus)
    }
  }

  /// The share of strings of a length that the most frequent answer is right for: 1/2 for bits, and for arithmetic from the
  /// exact distribution of sums and products.
  public func chance(length: Int) -> Double {
    guard question == .modularArithmetic else { return 0.5 }
    let size = Self.modulus
    var shares = [Double](repeating: 0, count: size * size)
    for digit in 0..<size { shares[digit] = 1 / Double(size) }
    for _ in 0..<(length - 1) / 2 {
      var next = [Double](repeating: 0, count: size * size)
      for (state, share) in shares.enumerated() where share > 0 {
        for operation in 0..<3 {
          for digit in 0..<size {
            let (sum, product) = Self.next(state / size, state % size, operation: operation, digit: digit)
            next[sum * size + product] += share / Double(3 * size)
          }
        }
      }
      shares = next
    }
    var answers = [Double](repeating: 0, count: size)
    for (state, share) in shares.enumerated() { answers[(state / size + state % size) % size] += share }
    return answers.max() ?? 0
  }
}
