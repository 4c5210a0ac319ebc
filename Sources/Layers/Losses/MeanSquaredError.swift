public import Autodiff
public import DenseArrays

/// The mean of (prediction - target)^2 over all elements.
///
/// - Parameters:
///   - predictions: any shape.
///   - targets: the same shape; another one stops.
///   - weights: how much each element counts: the shape of `predictions` or of its first axes, as [time] or [time, batch].
///     The result is then sum(weight * error) / sum(weight), where a weight stands for every element below it. Negative
///     weights, and weights that are all zero, stop.
public func meanSquaredError(_ predictions: Variable, targets: Variable, weights: DenseArray? = nil) -> Variable {
  guard predictions.shape == targets.shape else {
    stop(
      "meanSquaredError: predictions of shape \(predictions.shape)"
        + " and targets of shape \(targets.shape)\(predictions.tape.scopeSuffix)")
  }
  let errors = pointwise(predictions, targets) { p, t in
    let difference = p - t
    return difference * difference
  }
  return weightedMean(errors, weights: weights, in: "meanSquaredError")
}

/// The mean of (prediction - target)^2 over all elements; see the form with targets on the tape.
public func meanSquaredError(_ predictions: Variable, targets: DenseArray, weights: DenseArray? = nil) -> Variable {
  meanSquaredError(predictions, targets: predictions.tape.constant(targets), weights: weights)
}
