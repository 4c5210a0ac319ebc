public import Autodiff
public import DenseArrays

/// The strongly typed network, whose state keeps to the units of its input.
///
///     f = sigmoid(V x + b)
///     h = f * h' + (1 - f) * W x
///
/// Source: Balduzzi and Ghifary, "Strongly-typed recurrent neural networks", 2016. Linear in the state.
///
/// Parameters: 2 n d + n for inputs of size d and n hidden units.
///
/// Initialisation: weights Glorot uniform, b zero.
public struct TypedRNN: SimpleRecurrentCell {
  /// W.
  public let candidate: Linear
  /// V and b.
  public let forget: Linear

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    candidate = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    forget = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
  }

  public var stateSize: Int { candidate.outputSize }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let f = sigmoid(forget(x)).named("forget gate")
    return f * h + (1 - f) * candidate(x).named("candidate")
  }
}
