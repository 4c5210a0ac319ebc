public import DenseArrays

/// Well-nested brackets of one or more kinds; after each symbol the set of symbols that may come next is asked for.
///
/// Every opening bracket may always come, a closing one when it closes the innermost open bracket, and the end when none is
/// open. All words of a length are equally likely: their shape is drawn by the ballot numbers, the kinds of brackets
/// uniformly. Source of the task: Suzgun, Gehrmann, Belinkov and Shieber, "LSTM networks can perform dynamic counting",
/// 2019, which draws words from a grammar with probabilities instead.
public struct Dyck: SequenceProblem {
  /// The kinds of brackets.
  public let kinds: Int
  /// The numbers of pairs in a word.
  public let pairs: ClosedRange<Int>

  /// The problem; kinds outside of 1 ... 16 and words without brackets stop.
  public init(kinds: Int, pairs: ClosedRange<Int>) {
    guard (1...16).contains(kinds), pairs.lowerBound >= 1 else {
      stop("Dyck: \(kinds) kinds of brackets, \(pairs.lowerBound) pairs; expected 1 to 16 kinds and at least 1 pair")
    }
    self.kinds = kinds
    self.pairs = pairs
  }

  // Opening brackets, then closing ones.
  public var inputSize: Int { 2 * kinds }
  // The symbols and the end.
  public var outputSize: Int { 2 * kinds + 1 }

  public func batch(count: Int, using random: inout RandomSource) -> SequenceBatch {
    let length = 2 * random.number(in: pairs)
    let rows = (0..<count).map { _ in
      var open: [Int] = []
      return (0..<length).map { step in
        let symbol: Int
        if Self.opens(depth: open.count, remaining: length - step, using: &random) {
          symbol = random.number(below: kinds)
          open.append(symbol)
        } else {
          symbol = kinds + open.removeLast()
        }
        let opening = (UInt64(1) << UInt64(kinds)) - 1
        let closing = UInt64(1) << UInt64(open.last.map { kinds + $0 } ?? 2 * kinds)
        return SymbolBatch.Step(symbol: symbol, acceptable: opening | closing)
      }
    }
    return SymbolBatch(rows: rows, alphabet: inputSize).sets(of: outputSize)
  }

  /// The share of words with `pairs` pairs that are right for who sees the last symbol only, and says that the end may come
  /// behind every closing bracket: those without nesting, one of the Catalan number of shapes.
  static func chance(pairs: Int) -> Double {
    (1...pairs).reduce(1.0) { (share: Double, n: Int) -> Double in
      let ratio = Double(n + 1) / Double(4 * n - 2)
      return share * ratio
    }
  }

  /// Whether an opening bracket comes next, so that all words are equally likely.
  ///
  /// Of the ways to come from depth d to 0 in r steps, a share of (d + 2) (r - d) / (2 r (d + 1)) begins upwards, by the
  /// ballot numbers (d + 1) / (r + 1) binomial(r + 1, (r - d) / 2).
  private static func opens(depth d: Int, remaining r: Int, using random: inout RandomSource) -> Bool {
    random.number(below: 2 * r * (d + 1)) < (d + 2) * (r - d)
  }
}
