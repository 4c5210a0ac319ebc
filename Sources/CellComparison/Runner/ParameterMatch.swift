/// The hidden size with which a cell on a task has about as many parameters as are wanted.
enum ParameterMatch {
  /// The largest hidden size that is tried.
  static let largest = 4096

  /// The hidden size whose number of parameters is the closest to `parameters`; of two as close, the smaller one.
  ///
  /// The number is taken to grow with the size, and counted on models that are made and dropped: the size is doubled until
  /// there are too many, then the gap is halved.
  ///
  /// - Parameter count: The number of parameters of a hidden size.
  static func hiddenSize(parameters: Int, count: (Int) -> Int) -> Int {
    var (low, high) = (1, 1)
    while high < largest, count(high) < parameters { (low, high) = (high, min(2 * high, largest)) }
    while high - low > 1 {
      let middle = (low + high) / 2
      if count(middle) < parameters { low = middle } else { high = middle }
    }
    return abs(count(low) - parameters) <= abs(count(high) - parameters) ? low : high
  }

  /// The hidden size of a cell on a task.
  static func hiddenSize(parameters: Int, cell: CellDescription, task: any ComparisonTask) -> Int {
    hiddenSize(parameters: parameters) { size in
      task.makeSession(
        SessionConfiguration(cell: cell, hiddenSize: size, seed: 1, trainingSteps: 1, threads: 1)
      ).parameterCount
    }
  }
}
