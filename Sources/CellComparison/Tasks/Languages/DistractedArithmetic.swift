public import DenseArrays

/// Sums and differences of whole numbers with letters strewn in; the digits of the result are asked for one by one.
///
/// A sequence is a number, + or -, a number, =, the result with its sign, and a full stop; behind each character before the =
/// come 0 to 3 random letters that mean nothing. From the = on the next character is asked for; what was right so far is put
/// in. Numbers have 1 to `digits` digits, each count as likely. Source: Jozefowicz, Zaremba and Sutskever, "An empirical
/// exploration of recurrent network architectures", 2015, section 3.3 ("Arithmetic"), with up to 8 digits.
public struct DistractedArithmetic: SequenceProblem {
  /// The most digits of a number.
  public let digits: Int

  /// The problem; digits outside of 1 ... 17 stop.
  public init(digits: Int) {
    guard (1...17).contains(digits) else { stop("DistractedArithmetic: \(digits) digits; expected 1 to 17") }
    self.digits = digits
  }

  /// The 40 characters.
  static let alphabet: [Character] = Array("0123456789+-=.abcdefghijklmnopqrstuvwxyz")
  private static let indices = Dictionary(uniqueKeysWithValues: zip(alphabet, 0...))
  private static let letters = 14

  public var inputSize: Int { Self.alphabet.count }
  public var outputSize: Int { Self.alphabet.count }

  public func batch(count: Int, using random: inout RandomSource) -> SequenceBatch {
    let rows = (0..<count).map { _ in
      let (first, second) = (number(using: &random), number(using: &random))
      let adds = random.number(below: 2) == 0
      var question: [Int] = []
      for character in "\(first)\(adds ? "+" : "-")\(second)" {
        question += Self.indices[character].map { [$0] } ?? []
        for _ in 0..<random.number(below: 4) { question.append(Self.letters + random.number(below: 26)) }
      }
      let answer = "=\(adds ? first + second : first - second).".compactMap { Self.indices[$0] }
      return question.map { SymbolBatch.Step(symbol: $0) }
        + zip(answer, answer.dropFirst()).map { SymbolBatch.Step(symbol: $0, answer: $1) }
    }
    return SymbolBatch(rows: rows, alphabet: inputSize).classes()
  }

  private func number(using random: inout RandomSource) -> Int {
    let count = random.number(in: 1...digits)
    var value = count == 1 ? random.number(below: 10) : 1 + random.number(below: 9)
    for _ in 1..<count { value = 10 * value + random.number(below: 10) }
    return value
  }
}
