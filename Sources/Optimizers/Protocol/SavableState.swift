public import DenseArrays
public import Layers

/// Something with a state by name that can be saved and gone on from: optimizers, averages, plateaus.
public protocol SavableState {
  /// The state by name ("forget.bias.velocity"), to be saved; it does not follow later changes.
  var state: [(name: String, array: DenseArray)] { get }

  /// Goes on from a saved state; a state that does not fit is thrown before anything is changed.
  mutating func load(_ state: [(name: String, array: DenseArray)]) throws(StateError)
}
