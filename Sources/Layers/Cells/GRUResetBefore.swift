public import Autodiff
public import DenseArrays

/// The gated recurrent unit whose reset gate acts before the recurrent product.
///
///     r = sigmoid(Wr x + Ur h' + br)               reset gate
///     z = sigmoid(Wz x + Uz h' + bz)               update gate: keeps the old state
///     c = tanh(Wc x + Uc (r * h') + bc)            candidate
///     h = z * h' + (1 - z) * c
///
/// Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014, third version, equations 5 to 8.
///
/// Parameters: 3 (n d + n^2 + n) for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero.
///
/// For the other form, and for which library has which, see `GRU`.
public struct GRUResetBefore: SimpleRecurrentCell {
  /// Wr, Ur and br.
  public let reset: Gate
  /// Wz, Uz and bz.
  public let update: Gate
  /// Wc, Uc and bc.
  public let candidate: Gate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    reset = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    update = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let r = sigmoid(reset(x, h)).named("reset gate")
    let z = sigmoid(update(x, h)).named("update gate")
    let c = tanh(candidate(x, r * h)).named("candidate")
    return z * h + (1 - z) * c
  }
}
