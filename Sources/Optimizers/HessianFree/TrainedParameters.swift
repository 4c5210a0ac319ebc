internal import Autodiff
internal import DenseArrays
internal import Layers

/// The parameters that a step moves, seen as one vector from where they were.
struct TrainedParameters {
  private let all: NamedParameters
  private let settings: [OptimizerCore.StepSettings?]
  private let start: [DenseArray]
  /// The length of the vector.
  let count: Int

  /// The parameters of an optimizer that are not frozen; settings that no step can be made with are refused.
  init(_ core: OptimizerCore) throws(UpdateError) {
    all = core.parameters
    settings = try core.stepSettings()
    start = all.map { $0.parameter.value }
    count = zip(settings, start).reduce(0) { $1.0 == nil ? $0 : $0 + $1.1.count }
  }

  func isFrozen(_ index: Int) -> Bool { settings[index] == nil }

  /// A vector of what `value` makes for each element of a trained parameter: its array's element, its settings.
  private func vector(
    _ arrays: [DenseArray], _ value: (Double, OptimizerCore.StepSettings) -> Double = { element, _ in element }
  ) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(count)
    for (array, settings) in zip(arrays, settings) {
      if let settings { for element in array.elements { result.append(value(element, settings)) } }
    }
    return result
  }

  /// The trained part of arrays like all parameters, as a vector.
  func flat(_ arrays: [DenseArray]) -> [Double] { vector(arrays) }

  /// A vector as arrays like all parameters, with zeros for frozen ones.
  func arrays(_ vector: [Double]) -> [DenseArray] {
    var position = 0
    return all.indices.map { index in
      let (shape, type) = (all[index].parameter.shape, all[index].parameter.scalarType)
      guard settings[index] != nil else { return DenseArray(zeros: shape, type) }
      defer { position += shape.count }
      return DenseArray(vector[position..<position + shape.count], shape: shape).converted(to: type)
    }
  }

  /// The factors c of coupled weight decay, an element each, or nil where there is none.
  var coupledDecay: [Double]? {
    guard settings.contains(where: { ($0?.decay.factors.coupled ?? 0) != 0 }) else { return nil }
    return vector(start) { $1.decay.factors.coupled }
  }

  /// The learning rates, an element each, or nil where all are 1.
  var rates: [Double]? {
    guard settings.contains(where: { ($0?.rate ?? 1) != 1 }) else { return nil }
    return vector(start) { $1.rate }
  }

  /// Where the trained parameters were.
  var startingPoint: [Double] { vector(start) }

  /// Sets the trained parameters to where they were and a change; `isLast` lets decoupled weight decay act.
  func move(by change: [Double], times size: Double, isLast: Bool = false) {
    for (index, change) in arrays(change).enumerated() {
      guard let settings = settings[index] else { continue }
      let keep = isLast ? 1 - settings.rate * settings.decay.factors.decoupled : 1
      let parameter = all[index].parameter
      parameter.value =
        size == 0 && keep == 1 ? start[index] : start[index].combined(with: change) { keep * $0 + size * $1 }
    }
  }
}
