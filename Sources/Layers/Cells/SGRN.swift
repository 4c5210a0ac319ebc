public import Autodiff
public import DenseArrays

/// The simple gated network, whose gate and candidate share the input weights.
///
///     f = sigmoid(W x + U h' + b)                      gate: keeps the old state
///     h = tanh((1 - f) * (W x) + f * h')
///
/// Source: as in LuxRecurrentLayers.jl and its description of the cell; the bias is not part of the candidate.
///
/// Parameters: n d + n^2 + n for inputs of size d and n hidden units.
///
/// Initialisation: W Glorot uniform, U orthogonal, b zero.
public struct SGRN: SimpleRecurrentCell {
  /// W and U.
  public let shared: Gate
  /// b.
  public let gateBias: Parameter

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    shared = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: nil, using: &random)
    gateBias = Parameter(.zeros, [hiddenSize], using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let wx = shared.input(x)
    let f = sigmoid(wx + shared.recurrent(h) + x.tape.parameter(gateBias)).named("gate")
    return tanh((1 - f) * wx + f * h)
  }
}
