internal import Autodiff
public import DenseArrays

extension Module {
  /// The values of all parameters and then of all buffers by name; later changes leave them as they are.
  public var state: [(name: String, array: DenseArray)] {
    parameters.map { ($0.name, $0.parameter.value) } + buffers.map { ($0.name, $0.buffer.value) }
  }

  /// Sets all parameters and buffers to saved values.
  ///
  /// Every one has to be there, with its shape and type, and nothing else: whatever does not fit is thrown before
  /// the first parameter is changed. An open tape that uses one of the parameters stops.
  public func load(_ state: [(name: String, array: DenseArray)]) throws(StateError) {
    let (parameters, buffers) = (parameters, buffers)
    let values = try StateError.match(
      state,
      to: parameters.map { ($0.name, $0.parameter.shape, $0.parameter.scalarType) }
        + buffers.map { ($0.name, $0.buffer.value.shape, $0.buffer.value.scalarType) })
    for ((_, parameter), value) in zip(parameters, values) { parameter.value = value }
    for ((_, buffer), value) in zip(buffers, values.dropFirst(parameters.count)) { buffer.value = value }
  }
}
