public import Autodiff
public import DenseArrays

/// The light recurrent unit: a candidate of the input alone and one gate.
///
///     c = tanh(Wc x)                       candidate
///     f = sigmoid(Wf x + Uf h' + bf)       admits the candidate
///     h = (1 - f) * h' + f * c
///
/// Source: "Light recurrent unit: towards an interpretable recurrent neural network for modeling long-range
/// dependency", 2024.
///
/// Parameters: 2 n d + n^2 + n for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, bf zero.
public struct LightRecurrentUnit: SimpleRecurrentCell {
  /// Wc.
  public let candidate: Linear
  /// Wf, Uf and bf.
  public let forget: Gate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    candidate = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    forget = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let f = sigmoid(forget(x, h)).named("forget gate")
    return (1 - f) * h + f * tanh(candidate(x)).named("candidate")
  }
}
