import DenseArrays

@testable import CellComparison

extension SequenceBatch {
  /// The symbols of a sequence, read from vectors with a single 1; a step without any ends it, anything else is nil.
  func symbols(_ row: Int) -> [Int]? {
    var symbols: [Int] = []
    for step in 0..<steps {
      let set = (0..<inputs.shape[2]).filter { inputs[step, row, $0] != 0 }
      if set.isEmpty {
        // Nothing may follow the end.
        let rest = (step..<steps).contains { step in (0..<inputs.shape[2]).contains { inputs[step, row, $0] != 0 } }
        return rest ? nil : symbols
      }
      guard set.count == 1, inputs[step, row, set[0]] == 1 else { return nil }
      symbols.append(set[0])
    }
    return symbols
  }

  /// The classes of a sequence's answers in order; nil where none is due.
  func labels(_ row: Int) -> [Int?] {
    guard case .classes(let labels) = answers else { return [] }
    return (0..<answerSteps).map { isDue($0, row) ? Int(labels[$0, row]) : nil }
  }

  /// The sets of a sequence's answers in order, as the positions of bits that are 1; nil where none is due.
  func sets(_ row: Int) -> [[Int]?] {
    guard case .bits(let bits) = answers else { return [] }
    return (0..<answerSteps).map { step in
      isDue(step, row) ? (0..<bits.shape[2]).filter { bits[step, row, $0] == 1 } : nil
    }
  }

  private func isDue(_ step: Int, _ row: Int) -> Bool {
    guard let weights else { return true }
    return weights[step, row] == 1
  }
}
