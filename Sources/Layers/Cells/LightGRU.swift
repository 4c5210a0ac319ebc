public import Autodiff
public import DenseArrays

/// The gated recurrent unit with lighter gates, GRU1, GRU2 and GRU3.
///
///     r = sigmoid(...),  z = sigmoid(...)                sums of U h' + b, U h' or b
///     c = tanh(Wc x + Uc (r * h') + bc)                  candidate
///     h = z * h' + (1 - z) * c
///
/// Source: Dey and Salem, "Gate-variants of gated recurrent unit (GRU) neural networks", 2017. The paper's z admits the
/// candidate; here it keeps the state, as in `GRU`.
///
/// Parameters: n d + n^2 + n for inputs of size d and n hidden units, and 2 (n^2 + n), 2 n^2 or 2 n for the gates.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero.
public struct LightGRU: SimpleRecurrentCell {
  /// Wc, Uc and bc.
  public let candidate: Gate
  /// The reset gate's sum.
  public let reset: LightGate
  /// The update gate's sum.
  public let update: LightGate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, gateTerms: LightGate.Terms, using random: inout RandomSource) {
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    reset = LightGate(inputSize: inputSize, hiddenSize: hiddenSize, terms: gateTerms, using: &random)
    update = LightGate(inputSize: inputSize, hiddenSize: hiddenSize, terms: gateTerms, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let r = sigmoid(reset(x, h)).named("reset gate")
    let z = sigmoid(update(x, h)).named("update gate")
    return z * h + (1 - z) * tanh(candidate(x, r * h)).named("candidate")
  }
}
