public import Autodiff
public import DenseArrays

/// The mean negative log-likelihood of labels under softmax(logits), in nats.
///
///     let loss = softmaxCrossEntropy(logits, labels: targets)  // [time, batch, classes] and int32 [time, batch]
///
/// - Parameters:
///   - logits: [..., classes].
///   - labels: int32 [...], each in 0 ..< classes; a label outside stops.
///   - weights: how much each element counts: the shape of `labels` or of its first axes, as [time] or [time, batch]. The
///     result is then sum(weight * loss) / sum(weight). Negative weights, and weights that are all zero, stop.
public func softmaxCrossEntropy(_ logits: Variable, labels: Variable, weights: DenseArray? = nil) -> Variable {
  weightedMean(crossEntropy(logits, labels: labels), weights: weights, in: "softmaxCrossEntropy")
}

/// The mean negative log-likelihood of labels under softmax(logits), in nats; see the form with labels on the tape.
public func softmaxCrossEntropy(_ logits: Variable, labels: DenseArray, weights: DenseArray? = nil) -> Variable {
  softmaxCrossEntropy(logits, labels: logits.tape.constant(labels), weights: weights)
}
