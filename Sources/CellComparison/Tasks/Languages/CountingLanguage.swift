public import DenseArrays

/// Words a^n b^n; after each symbol the set of symbols that may come next is asked for.
///
/// A word is put in as a start, n times a, n times b. After the start comes an a; after an a either; after a b another b, or
/// the end when there are as many as there were a. Source: Gers and Schmidhuber, "LSTM recurrent networks learn simple
/// context-free and context-sensitive languages", 2001.
public struct CountingLanguage: SequenceProblem {
  /// The numbers of a; each is as likely as the others.
  public let counts: ClosedRange<Int>

  /// The problem; counts below 1 stop.
  public init(counts: ClosedRange<Int>) {
    guard counts.lowerBound >= 1 else { stop("CountingLanguage: a count of \(counts.lowerBound); expected at least 1") }
    self.counts = counts
  }

  // Start, a, b.
  public var inputSize: Int { 3 }
  // a, b, end.
  public var outputSize: Int { 3 }

  public func batch(count: Int, using random: inout RandomSource) -> SequenceBatch {
    batch((0..<count).map { _ in random.number(in: counts) })
  }

  /// Each word once.
  public func testBatches(using random: inout RandomSource) -> [SequenceBatch] { [batch(Array(counts))] }

  private func batch(_ words: [Int]) -> SequenceBatch {
    let rows = words.map { n in
      (0...2 * n).map { step -> SymbolBatch.Step in
        switch step {
        case 0: .init(symbol: 0, acceptable: 0b001)
        case 1...n: .init(symbol: 1, acceptable: 0b011)
        case 2 * n: .init(symbol: 2, acceptable: 0b100)
        default: .init(symbol: 2, acceptable: 0b010)
        }
      }
    }
    return SymbolBatch(rows: rows, alphabet: inputSize).sets(of: outputSize)
  }
}
