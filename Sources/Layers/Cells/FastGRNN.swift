public import Autodiff
public import DenseArrays

/// A gated network whose gate and candidate share their weights.
///
///     q = W x + U h'
///     z = sigmoid(q + bz)                                  gate
///     c = tanh(q + bc)                                     candidate
///     h = (sigmoid(zeta) (1 - z) + sigmoid(nu)) * c + z * h'
///
/// Source: Kusupati, Singh, Bhatia, Kumar, Jain and Varma, "FastGRNN: a fast, accurate, stable and tiny kilobyte sized
/// gated recurrent neural network", 2018, with full-rank weights.
///
/// Parameters: n d + n^2 + 2 n + 2 for inputs of size d and n hidden units.
///
/// Initialisation: W Glorot uniform, U orthogonal, biases zero, the scalars zeta = 1 and nu = -4.
public struct FastGRNN: SimpleRecurrentCell {
  /// W and U.
  public let shared: Gate
  /// bz.
  public let gateBias: Parameter
  /// bc.
  public let candidateBias: Parameter
  /// zeta, a scalar.
  public let zeta: Parameter
  /// nu, a scalar.
  public let nu: Parameter

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    shared = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: nil, using: &random)
    gateBias = Parameter(.zeros, [hiddenSize], using: &random)
    candidateBias = Parameter(.zeros, [hiddenSize], using: &random)
    zeta = Parameter(.constant(1), [], using: &random)
    nu = Parameter(.constant(-4), [], using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let tape = x.tape
    let q = shared(x, h)
    let z = sigmoid(q + tape.parameter(gateBias)).named("gate")
    let c = tanh(q + tape.parameter(candidateBias)).named("candidate")
    return (sigmoid(tape.parameter(zeta)) * (1 - z) + sigmoid(tape.parameter(nu))) * c + z * h
  }
}
