public import Autodiff
public import DenseArrays

/// The mean negative log-likelihood of independent bits under sigmoid(logits), in nats.
///
///     let loss = sigmoidCrossEntropy(logits, targets: bits)  // both [time, batch, bits]
///
/// An element costs y log(1 + exp(-z)) + (1 - y) log(1 + exp z) for logit z and target y: exact at both ends, and smooth,
/// with derivative sigmoid(z) - y, everywhere.
///
/// - Parameters:
///   - logits: any shape.
///   - targets: the probabilities that the bits are 1, in the same shape; another shape stops.
///   - weights: how much each element counts: the shape of `logits` or of its first axes, as [time] or [time, batch]. The
///     result is then sum(weight * loss) / sum(weight), where a weight stands for every element below it. Negative weights,
///     and weights that are all zero, stop.
public func sigmoidCrossEntropy(_ logits: Variable, targets: Variable, weights: DenseArray? = nil) -> Variable {
  guard logits.shape == targets.shape else {
    stop(
      "sigmoidCrossEntropy: logits of shape \(logits.shape)"
        + " and targets of shape \(targets.shape)\(logits.tape.scopeSuffix)")
  }
  let loss = pointwise(logits, targets) { z, y in y * softplus(-z) + (1 - y) * softplus(z) }
  return weightedMean(loss, weights: weights, in: "sigmoidCrossEntropy")
}

/// The mean negative log-likelihood of independent bits under sigmoid(logits), in nats; see the form with targets on the
/// tape.
public func sigmoidCrossEntropy(_ logits: Variable, targets: DenseArray, weights: DenseArray? = nil) -> Variable {
  sigmoidCrossEntropy(logits, targets: logits.tape.constant(targets), weights: weights)
}
