public import Autodiff
public import DenseArrays

/// A weighted mean of the outputs, whose weights depend on them.
///
///     u(t) = tanh(W y(t) + b)
///     a(t) = softmax over the steps that count of v u(t)
///     s = sum over t of a(t) y(t)
///
/// Source: Yang, Yang, Dyer, He, Smola and Hovy, "Hierarchical attention networks for document classification", 2016,
/// equations 5 to 7. Parameters: m f + 2 m for outputs of size f and m attention units.
///
/// Initialisation: W and v Glorot uniform, b zero.
public struct AttentiveReadout: Readout {
  /// W and b.
  public let hidden: Linear
  /// v.
  public let score: Linear

  /// A read-out with new parameters of type float32.
  public init(inputSize: Int, attentionSize: Int, using random: inout RandomSource) {
    hidden = Linear(inputSize: inputSize, outputSize: attentionSize, using: &random)
    score = Linear(inputSize: attentionSize, outputSize: 1, biasInitializer: nil, using: &random)
  }

  public func callAsFunction(_ outputs: Variable, mask: DenseArray?) -> Variable {
    let weights = weights(outputs, mask: mask)
    return (outputs.masked(mask, otherwise: 0) * weights.expanded(axis: -1)).sum(axes: [0])
  }

  /// The weights a of the steps, [time, batch], which are 0 at steps that do not count.
  public func weights(_ outputs: Variable, mask: DenseArray? = nil) -> Variable {
    check(outputs, mask)
    // Low enough for a weight of exactly 0, and finite: a sequence without steps is to give no NaN.
    let scores = score(tanh(hidden(outputs.masked(mask, otherwise: 0)))).masked(mask, otherwise: -1e30)
    let (time, batch) = (outputs.shape[0], outputs.shape[1])
    let weights = softmax(scores.reshaped(to: [time, batch]).transposed()).transposed().reshaped(to: [time, batch, 1])
    return weights.masked(mask, otherwise: 0).reshaped(to: [time, batch])
  }
}
