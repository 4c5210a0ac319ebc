public import Autodiff
public import DenseArrays

/// A simple network with a weighted residual connection over time.
///
///     c = tanh(W x + U h' + b)
///     h = sigmoid(a) c + sigmoid(k) h'        two trained scalars
///
/// Source: Kusupati, Singh, Bhatia, Kumar, Jain and Varma, "FastGRNN: a fast, accurate, stable and tiny kilobyte sized
/// gated recurrent neural network", 2018.
///
/// Parameters: n d + n^2 + n + 2 for inputs of size d and n hidden units.
///
/// Initialisation: W Glorot uniform, U orthogonal, b zero, a = -3 and k = 3.
public struct FastRNN: SimpleRecurrentCell {
  /// W, U and b.
  public let hidden: Gate
  /// a, a scalar.
  public let candidateWeight: Parameter
  /// k, a scalar.
  public let stateWeight: Parameter

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    hidden = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    candidateWeight = Parameter(.constant(-3), [], using: &random)
    stateWeight = Parameter(.constant(3), [], using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let (a, k) = (x.tape.parameter(candidateWeight), x.tape.parameter(stateWeight))
    return sigmoid(a) * tanh(hidden(x, h)) + sigmoid(k) * h
  }
}
