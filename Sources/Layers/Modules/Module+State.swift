internal import Autodiff
public import DenseArrays

extension Module {
  /// The values of all parameters by name; later changes of the parameters leave them as they are.
  public var state: [(name: String, array: DenseArray)] {
    parameters.map { ($0.name, $0.parameter.value) }
  }

  /// Sets all parameters to saved values.
  ///
  /// Every parameter has to be there, with its shape and type, and nothing else: whatever does not fit is thrown before
  /// the first parameter is changed. An open tape that uses one of the parameters stops.
  public func load(_ state: [(name: String, array: DenseArray)]) throws(StateError) {
    let parameters = parameters
    let values = try StateError.match(
      state, to: parameters.map { ($0.name, $0.parameter.shape, $0.parameter.scalarType) })
    for ((_, parameter), value) in zip(parameters, values) { parameter.value = value }
  }
}
