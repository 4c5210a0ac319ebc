public import Autodiff
public import DenseArrays

/// The chaos-free network: without input its state can only decay.
///
///     t = sigmoid(Wt x + Ut h' + bt)                forget gate
///     e = sigmoid(We x + Ue h' + be)                input gate
///     h = t * tanh(h') + e * tanh(Wx x)
///
/// Source: Laurent and von Brecht, "A recurrent neural network without chaos", 2017.
///
/// Parameters: 3 n d + 2 n^2 + 2 n for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, bt 1 and be -1.
public struct CFN: SimpleRecurrentCell {
  /// Wt, Ut and bt.
  public let forget: Gate
  /// We, Ue and be.
  public let input: Gate
  /// Wx.
  public let candidate: Linear

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    forget = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: .forgetBias, using: &random)
    input = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: .constant(-1), using: &random)
    candidate = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let t = sigmoid(forget(x, h)).named("forget gate")
    let e = sigmoid(input(x, h)).named("input gate")
    return t * tanh(h) + e * tanh(candidate(x)).named("candidate")
  }
}
