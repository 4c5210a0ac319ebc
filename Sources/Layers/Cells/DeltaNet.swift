public import Autodiff
public import DenseArrays

/// DeltaNet and gated DeltaNet: a matrix of associations in which a value is replaced, not added to.
///
///     q = silu(Wq x) / |silu(Wq x)|,  k = silu(Wk x) / |silu(Wk x)|,  v = silu(Wv x)
///     beta = sigmoid(wb x)                             how much is replaced, a scalar
///     alpha = 1                                        DeltaNet
///     alpha = exp(-exp(a) softplus(wa x + t))          gated: how much is kept, a scalar
///     S1 = alpha S'
///     S = S1 + k (beta (v - S1^T k))^T
///     y = S^T q / sqrt(n)
///
/// Source: Schlag, Irie and Schmidhuber, "Linear transformers are secretly fast weight programmers", 2021; Yang, Kautz
/// and Hatamizadeh, "Gated delta networks: improving Mamba2 with delta rule", 2024, with one head, without short
/// convolutions, output gate and norm. |.| has 1e-6 under its root, as in flash-linear-attention.
///
/// Parameters: 3 n d + d for inputs of size d and a state of n x n; gated d + 2 more.
///
/// Initialisation: weights Glorot uniform, a and t zero.
public struct DeltaNet: RecurrentCell {
  /// Wq, Wk and Wv.
  public let associations: Associations
  /// wb: [1, d].
  public let replacement: Linear
  /// wa and t, or nil without a gate.
  public let forget: Linear?
  /// a, a scalar, or nil without a gate.
  public let rate: Parameter?

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, isGated: Bool = false, using random: inout RandomSource) {
    associations = Associations(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    replacement = Linear(inputSize: inputSize, outputSize: 1, biasInitializer: nil, using: &random)
    forget = isGated ? Linear(inputSize: inputSize, outputSize: 1, using: &random) : nil
    rate = isGated ? Parameter(.zeros, [], using: &random) : nil
  }

  public func parameterName(ofProperty property: String) -> String { property == "associations" ? "" : property }

  public func zeroState(batch: Int, on tape: Tape) -> Variable { associations.emptyState(batch: batch, on: tape) }

  public func step(_ x: Variable, _ s: Variable, _ context: StepContext) -> (output: Variable, state: Variable) {
    let q = normalized(silu(associations.query(x)))
    let k = normalized(silu(associations.key(x)))
    let v = silu(associations.value(x))
    let beta = sigmoid(replacement(x)).named("replacement gate")
    var s = s
    if let forget, let rate {
      let alpha = exp(-exp(x.tape.parameter(rate)) * softplus(forget(x))).named("forget gate")
      s = alpha.expanded(axis: -1) * s
    }
    s = s + outerProduct(k, beta * (v - product(s, k, transposed: true)))
    return (associations.read(s, q), s)
  }

  private func normalized(_ x: Variable) -> Variable {
    x / sqrt(square(x).sum(axes: [-1], keepingAxes: true) + 1e-6)
  }
}
