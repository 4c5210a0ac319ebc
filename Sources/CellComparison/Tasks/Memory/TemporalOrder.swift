public import DenseArrays

/// The order of two or three relevant symbols among many others, asked for after the last step.
///
/// A step is one of six symbols; two or three of them, in places far apart, are relevant: each is the first or the second
/// symbol, and the answer is the number that they spell in binary. The others are drawn from the remaining four.
/// Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997, experiments 6a and 6b, with the places of Pascanu,
/// Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013: within the tenths that begin
/// at 10 and 50 %, or at 10, 30 and 60 % of the sequence.
public struct TemporalOrder: SequenceProblem {
  /// The number of relevant symbols, 2 or 3.
  public let bits: Int
  /// The steps of a sequence.
  public let length: Int

  /// The problem; another number of bits than 2 or 3, and a length below 10, stop.
  public init(bits: Int, length: Int) {
    guard (2...3).contains(bits), length >= 10 else {
      stop("TemporalOrder: \(bits) bits and \(length) steps; expected 2 or 3 bits and at least 10 steps")
    }
    self.bits = bits
    self.length = length
  }

  public var inputSize: Int { 6 }
  public var outputSize: Int { 1 << bits }

  public func batch(count: Int, using random: inout RandomSource) -> SequenceBatch {
    let tenths = bits == 2 ? [1, 5] : [1, 3, 6]
    let rows = (0..<count).map { _ in
      let places = tenths.map { $0 * length / 10 + random.number(below: length / 10) }
      var label = 0
      var row: [SymbolBatch.Step] = []
      for step in 0..<length {
        guard places.contains(step) else {
          row.append(.init(symbol: 2 + random.number(below: 4)))
          continue
        }
        let bit = random.number(below: 2)
        row.append(.init(symbol: bit))
        label = 2 * label + bit
      }
      row[length - 1].answer = label
      return row
    }
    return SymbolBatch(rows: rows, alphabet: inputSize).classes(answerSteps: 1)
  }
}
