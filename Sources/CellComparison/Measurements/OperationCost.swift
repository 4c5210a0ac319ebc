internal import Autodiff
internal import DenseArrays

/// What an operation costs when its array is tiny: y * a, y + b and tanh y in turn, then the gradient.
///
/// a is 1 and b is 0, so that y goes to 0 and the gradient does not fall below the normal numbers, on which a core takes
/// several times as long.
struct OperationCost {
  /// The length of the chain.
  let operations: Int
  /// The number of elements of the arrays, float32.
  let elements: Int

  /// The median nanoseconds of an operation of a scan, traced anew, run and swept; the three are its step.
  func nanosecondsPerScannedOperation(budget: Double) -> Double {
    let tape = Tape(execution: Execution(threads: 1))
    let start = DenseArray(repeating: 0.3, shape: [elements])
    let rounds = operations / 3
    // A scan goes over a sequence; the step has no use for this one.
    let ticks = DenseArray(repeating: 0, shape: [rounds, 1])
    let factor = DenseArray(repeating: 1, shape: [elements])
    let summand = DenseArray(repeating: 0, shape: [elements])
    let timing = Timing(budget: budget) {
      tape.reset()
      let leaf = tape.variable(start)
      let a = tape.constant(factor)
      let b = tape.constant(summand)
      let result = scan([tape.constant(ticks)], from: [leaf]) { _, _, states in
        var y = states[0]
        y = y * a
        y = y + b
        y = tanh(y)
        return ([], [y])
      }
      _ = tape.gradients(of: result.states[0].sum())[leaf]
    }
    tape.reset()
    return timing.median / Double(3 * rounds) * 1e9
  }

  /// The median nanoseconds of an operation on the eager tape, recorded, run and swept.
  func nanosecondsPerOperation(budget: Double) -> Double {
    let tape = Tape(execution: Execution(threads: 1))
    let start = DenseArray(repeating: 0.3, shape: [elements])
    let factor = DenseArray(repeating: 1, shape: [elements])
    let summand = DenseArray(repeating: 0, shape: [elements])
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
