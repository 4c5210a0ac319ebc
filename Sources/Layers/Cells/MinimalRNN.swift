public import Autodiff
public import DenseArrays

/// The minimal network: the input is mapped into the space of the state, and a gate moves the state there.
///
///     v = tanh(Wx x + bx)                       mapped input
///     u = sigmoid(Uh h' + Uz v + bu)            update gate: keeps the old state
///     h = u * h' + (1 - u) * v
///
/// Source: Chen, "MinimalRNN: toward more interpretable and trainable recurrent neural networks", 2017.
///
/// Parameters: n d + 2 n^2 + 2 n for inputs of size d and n hidden units.
///
/// Initialisation: Wx and Uz Glorot uniform, Uh orthogonal, biases zero. In RecurrentLayers.jl the gate reads the
/// mapped input of the step before.
public struct MinimalRNN: SimpleRecurrentCell {
  /// Wx and bx.
  public let mapping: Linear
  /// Uz as its input weights, Uh and bu.
  public let update: Gate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    mapping = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
    update = Gate(inputSize: hiddenSize, hiddenSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let v = tanh(mapping(x)).named("candidate")
    let u = sigmoid(update(v, h)).named("update gate")
    return u * h + (1 - u) * v
  }
}
