public import DenseArrays

/// The first of many symbols, asked for after the last step.
///
/// The first symbol is one of two, each other step one of 98 further ones. Source: Hochreiter and Schmidhuber, "Long
/// short-term memory", 1997, experiment 2b, in the form of Martens and Sutskever 2011.
public struct RandomPermutation: SequenceProblem {
  /// The steps of a sequence.
  public let length: Int

  /// The problem; a length below 2 stops.
  public init(length: Int) {
    guard length >= 2 else { stop("RandomPermutation: \(length) steps; expected at least 2") }
    self.length = length
  }

  public var inputSize: Int { 100 }
  // All symbols, as in the published generators, although only two are ever right.
  public var outputSize: Int { 100 }

  public func batch(count: Int, using random: inout RandomSource) -> SequenceBatch {
    let rows = (0..<count).map { _ in
      let first = random.number(below: 2)
      var row = [SymbolBatch.Step(symbol: first)]
      for _ in 1..<length { row.append(.init(symbol: 2 + random.number(below: 98))) }
      row[length - 1].answer = first
      return row
    }
    return SymbolBatch(rows: rows, alphabet: inputSize).classes(answerSteps: 1)
  }
}
