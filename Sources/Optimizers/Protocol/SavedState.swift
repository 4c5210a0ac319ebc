internal import Autodiff
internal import DenseArrays
internal import Layers

/// How an optimizer's arrays are named when they are saved: "PARAMETER.KIND", and the number of steps as "stepCount".
enum SavedState {
  /// One kind of array, such as velocities: one for each parameter.
  typealias Kind = (name: String, arrays: [DenseArray])
  /// A single number.
  typealias Scalar = (name: String, value: Double)

  static let stepCountName: String = "stepCount"

  /// Zeros like each parameter.
  static func zeros(for parameters: NamedParameters) -> [DenseArray] {
    parameters.map { DenseArray(zeros: $0.parameter.shape, $0.parameter.scalarType) }
  }

  static func arrays(
    _ stepCount: Int, of parameters: NamedParameters, _ kinds: [Kind], _ scalars: [Scalar] = []
  ) -> [(name: String, array: DenseArray)] {
    var result = [(name: stepCountName, array: DenseArray([Int32(clamping: stepCount)], shape: []))]
    for (name, value) in scalars { result.append((name, DenseArray(scalar: value, .float64))) }
    for (name, arrays) in kinds {
      for ((parameterName, _), array) in zip(parameters, arrays) { result.append(("\(parameterName).\(name)", array)) }
    }
    return result
  }

  /// What was saved, in the order of the given kinds and numbers, once all of it is known to fit.
  static func load(
    _ state: [(name: String, array: DenseArray)], of parameters: NamedParameters, _ kinds: [Kind],
    _ scalars: [Scalar] = []
  ) throws(StateError) -> (stepCount: Int, scalars: [Scalar], arrays: [DenseArray]) {
    let expected = arrays(0, of: parameters, kinds, scalars).map {
      (name: $0.name, shape: $0.array.shape, scalarType: $0.array.scalarType)
    }
    let values = try StateError.match(state, to: expected)
    let stepCount = values[0].item
    guard stepCount >= 0 else { throw .value(name: stepCountName, expected: "at least 0", found: stepCount) }
    let numbers = zip(scalars, values[1...]).map { (name: $0.name, value: $1.item) }
    return (Int(stepCount), numbers, Array(values[(1 + scalars.count)...]))
  }
}
