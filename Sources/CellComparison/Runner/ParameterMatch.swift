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
    hiddenSize(parameters: parameters) { count(cell: cell, task: task, hiddenSize: $0) }
  }

  /// Throws when the smallest model of a cell on a task has more parameters than are wanted, or the largest one fewer.
  static func check(parameters: Int, cell: CellDescription, task: any ComparisonTask) throws(ParameterError) {
    let size = hiddenSize(parameters: parameters, cell: cell, task: task)
    guard size == 1 || size == largest else { return }
    let count = count(cell: cell, task: task, hiddenSize: size)
    let isBounded = size == 1 ? count <= parameters : count >= parameters
    if !isBounded {
      throw ParameterError(cell: cell.name, task: task.name, hiddenSize: size, bound: count, wanted: parameters)
    }
  }

  private static func count(cell: CellDescription, task: any ComparisonTask, hiddenSize: Int) -> Int {
    task.makeSession(
      SessionConfiguration(cell: cell, hiddenSize: hiddenSize, seed: 1, trainingSteps: 1, threads: 1)
    ).parameterCount
  }
}

/// A number of parameters that no model of a cell comes near to.
public struct ParameterError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The cell's name.
  public let cell: String
  /// The task's name.
  public let task: String
  /// The smallest hidden size, or the largest one that is tried.
  public let hiddenSize: Int
  /// The number of parameters with that size.
  public let bound: Int
  /// The number that was wanted.
  public let wanted: Int

  public var description: String {
    "\(cell) on \(task) with a hidden size of \(hiddenSize): expected \(bound < wanted ? "at most" : "at least") "
      + "\(bound) parameters, found \(wanted)"
  }
}
