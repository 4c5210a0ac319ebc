internal import Autodiff
internal import DenseArrays
internal import Layers

/// How an optimizer's arrays are named when they are saved: "PARAMETER.KIND", and the number of steps as "stepCount".
enum SavedState {
  /// One kind of array, such as velocities: one for each parameter.
  typealias Kind = (name: String, arrays: [DenseArray])

  static let stepCountName: String = "stepCount"

  /// Zeros like each parameter.
  static func zeros(for parameters: NamedParameters) -> [DenseArray] {
    parameters.map { DenseArray(zeros: $0.parameter.shape, $0.parameter.scalarType) }
  }

  static func arrays(
    _ stepCount: Int, of parameters: NamedParameters, _ kinds: [Kind]
  ) -> [(name: String, array: DenseArray)] {
    var result = [(name: stepCountName, array: DenseArray([Int32(clamping: stepCount)], shape: []))]
    for (name, arrays) in kinds {
      for ((parameterName, _), array) in zip(parameters, arrays) { result.append(("\(parameterName).\(name)", array)) }
    }
    return result
  }

  /// Replaces the arrays of all kinds by saved ones and returns the saved number of steps.
  static func load(
    _ state: [(name: String, array: DenseArray)], of parameters: NamedParameters, _ kinds: inout [Kind]
  ) throws(StateError) -> Int {
    let expected = arrays(0, of: parameters, kinds).map {
      (name: $0.name, shape: $0.array.shape, scalarType: $0.array.scalarType)
    }
    let values = try StateError.match(state, to: expected)
    let stepCount = values[0].item
    guard stepCount >= 0 else { throw .value(name: stepCountName, expected: "at least 0", found: stepCount) }
    for index in kinds.indices {
      let start = 1 + index * parameters.count
      kinds[index].arrays = Array(values[start..<start + parameters.count])
    }
    return Int(stepCount)
  }
}
