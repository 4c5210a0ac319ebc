internal import Autodiff
internal import DenseArrays

/// How much the Jacobians of the last state by the states before it lengthen vectors, for one sequence.
struct JacobianGains {
  /// The largest singular values, from the start's to the last state's; empty when estimated.
  private(set) var largest: [Double] = []
  /// The root mean squares of all singular values.
  private(set) var mean: [Double] = []

  /// The gains of the whole Jacobians, whose rows are made by reverse sweeps, one for each copy of the sequence in the run.
  init(exact run: ObservedRun, size: Int) {
    guard let batch = run.start.first?.shape.first, let time = run.states.first?.values.shape.first, size > 0 else {
      return
    }
    var jacobians = [[Double]](repeating: [], count: time + 1)
    for first in stride(from: 0, to: size, by: batch) {
      let count = min(batch, size - first)
      let gradients = Self.gradients(run) { row, column in row < count && column == first + row ? 1 : 0 }
      for step in 0...time {
        for row in 0..<count { jacobians[step] += gradients.vector(step: step, row: row) }
      }
    }
    largest = jacobians.map { largestSingularValue(of: $0, columns: size) }
    mean = jacobians.map { euclideanNorm($0) / Double(size).squareRoot() }
  }

  /// The mean gains from products with a random vector for each copy of the sequence: |J' u|^2 is |J|^2 in the mean.
  init(estimated run: ObservedRun) {
    guard let batch = run.start.first?.shape.first, let time = run.states.first?.values.shape.first else { return }
    let size = run.start.reduce(0) { $0 + $1.shape.dropFirst.count }
    var random = RandomSource(seed: 1)
    let vectors = DenseArray.normal([batch, size], .float64, using: &random).elements
    let gradients = Self.gradients(run) { row, column in vectors[row * size + column] }
    mean = (0...time).map { step in
      euclideanNorm((0..<batch).map { gradients.norm(step: step, row: $0) }) / Double(batch * size).squareRoot()
    }
  }

  /// The transposed Jacobians' products with a vector for each row of the batch.
  private static func gradients(_ run: ObservedRun, _ vector: (_ row: Int, _ column: Int) -> Double) -> StateGradients {
    var column = 0
    var outputs: [Variable] = []
    var seeds: [DenseArray?] = []
    for state in run.states {
      let last = state.values[state.values.shape[0] - 1]
      let (rows, size) = (last.shape[0], last.shape.dropFirst.count)
      outputs.append(last)
      seeds.append(
        DenseArray(
          (0..<rows).flatMap { row in (0..<size).map { vector(row, column + $0) } }, shape: last.shape))
      column += size
    }
    return StateGradients(of: outputs, seeds: seeds, in: run)
  }
}
