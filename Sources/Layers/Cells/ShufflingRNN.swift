public import Autodiff
public import DenseArrays

/// The shuffling network: the state is rotated by one unit, and a gated map of the input is added.
///
///     h = relu(shuffle(h') + (W2 relu(W1 x + b1) + b2) * sigmoid(Wg x + bg))
///
/// Source: Rotman and Wolf, "Shuffling recurrent neural networks", 2020; the permutation is the rotation
/// by one, and the map of the input has one hidden layer of n units.
///
/// Parameters: 2 n d + n^2 + 3 n for inputs of size d and n hidden units.
///
/// Initialisation: weights Glorot uniform, biases zero.
public struct ShufflingRNN: SimpleRecurrentCell {
  /// W1 and b1.
  public let first: Linear
  /// W2 and b2.
  public let second: Linear
  /// Wg and bg.
  public let gate: Linear

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    first = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
    second = Linear(inputSize: hiddenSize, outputSize: hiddenSize, using: &random)
    gate = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
  }

  public var stateSize: Int { first.outputSize }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let n = stateSize
    let shuffled = concatenate([h.slice(axis: 1, n - 1..<n), h.slice(axis: 1, 0..<n - 1)], axis: -1)
    return relu(shuffled + second(relu(first(x))) * sigmoid(gate(x)).named("gate"))
  }
}
