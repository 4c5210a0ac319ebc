internal import Autodiff
internal import DenseArrays

/// What an operation on the eager tape costs when its array is tiny: y * a, y + b and tanh y in turn, then the gradient.
struct OperationCost {
  /// The length of the chain.
  let operations: Int
  /// The number of elements of the arrays, float32.
  let elements: Int

  /// The median nanoseconds of an operation, recorded, run and swept.
  func nanosecondsPerOperation(budget: Double) -> Double {
    let tape = Tape(execution: Execution(threads: 1))
    let start = DenseArray(repeating: 0.3, shape: [elements])
    let factor = DenseArray(repeating: 1.1, shape: [elements])
    let summand = DenseArray(repeating: 0.05, shape: [elements])
    let rounds = operations / 3
    let timing = Timing(budget: budget) {
      tape.reset()
      let leaf = tape.variable(start)
      let a = tape.constant(factor)
      let b = tape.constant(summand)
      var y = leaf
      for _ in 0..<rounds {
        y = y * a
        y = y + b
        y = tanh(y)
      }
      _ = tape.gradients(of: y.sum())[leaf]
    }
    tape.reset()
    return timing.median / Double(3 * rounds) * 1e9
  }
}
