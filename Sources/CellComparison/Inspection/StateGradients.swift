internal import Autodiff
internal import DenseArrays

/// Derivatives by the states of all steps of a run, a vector for each step and sequence.
struct StateGradients {
  /// The arrays of the state before the first step, then those after all steps, row-major.
  private let start: [[Double]]
  private let states: [[Double]]
  /// The numbers that each array has for a sequence.
  private let sizes: [Int]
  private let batch: Int

  /// The numbers in the state of a sequence.
  var size: Int { sizes.reduce(0, +) }

  /// The derivatives of some outputs of a run, weighted by seeds; see `Tape.gradients`.
  init(of outputs: [Variable], seeds: [DenseArray?]?, in run: ObservedRun) {
    let gradients = outputs[0].tape.gradients(
      of: outputs, seeds: seeds, withRespectTo: run.start + run.states.map(\.probe))
    batch = run.start.first?.shape.first ?? 0
    sizes = run.start.map { $0.shape.dropFirst.count }
    start = gradients.prefix(sizes.count).map(\.elements)
    states = gradients.dropFirst(sizes.count).map(\.elements)
  }

  /// The derivative by the state after `step` steps, its arrays one after the other.
  func vector(step: Int, row: Int) -> [Double] {
    var vector: [Double] = []
    vector.reserveCapacity(size)
    for (index, size) in sizes.enumerated() {
      let first = (max(step - 1, 0) * batch + row) * size
      vector += (step == 0 ? start : states)[index][first..<first + size]
    }
    return vector
  }

  /// The Euclidean norm of that vector.
  func norm(step: Int, row: Int) -> Double { euclideanNorm(vector(step: step, row: row)) }
}

/// The root of the sum of squares, also where the squares are too small or too large to be told.
func euclideanNorm(_ vector: [Double]) -> Double {
  guard let scale = vector.map(abs).max(), scale > 0 else { return vector.contains { $0.isNaN } ? .nan : 0 }
  guard vector.allSatisfy(\.isFinite) else { return vector.contains { $0.isNaN } ? .nan : .infinity }
  return scale * vector.reduce(0) { $0 + ($1 / scale) * ($1 / scale) }.squareRoot()
}
