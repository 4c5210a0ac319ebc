internal import Autodiff
internal import DenseArrays

/// The mean of a loss over its elements, or its weighted mean: the sum of weight times loss over the sum of weights.
///
/// Weights have the shape of the loss or of its first axes; elements below one weight share it equally.
func weightedMean(_ loss: Variable, weights: DenseArray?, in operation: String) -> Variable {
  guard let weights else {
    guard loss.shape.count > 0 else {
      stop("\(operation): nothing to take a mean of, the losses have shape \(loss.shape)\(loss.tape.scopeSuffix)")
    }
    return loss.mean()
  }
  guard weights.scalarType.isFloatingPoint, weights.shape.rank <= loss.shape.rank,
    zip(weights.shape, loss.shape).allSatisfy({ $0 == $1 })
  else {
    stop(
      "\(operation): step weights of type \(weights.scalarType) and shape \(weights.shape) for losses of shape "
        + "\(loss.shape); expected floating-point weights of that shape or of its first axes\(loss.tape.scopeSuffix)")
  }
  let values = weights.scalarType == .float64 ? weights : weights.converted(to: .float64)
  var sum = 0.0
  values.withUnsafeElements(of: Double.self) { values in
    for (index, value) in values.enumerated() {
      guard value >= 0, value.isFinite else {
        stop(
          "\(operation): step weight \(value) at element \(index); weights are finite and not negative"
            + loss.tape.scopeSuffix)
      }
      sum += value
    }
  }
  guard sum > 0 else {
    stop(
      "\(operation): all \(weights.shape.count) step weights are zero; at least one has to be positive"
        + loss.tape.scopeSuffix)
  }

  let tape = loss.tape
  let scale = 1 / (sum * Double(loss.shape.count / weights.shape.count))
  var normalized = values
  normalized.withUnsafeMutableElements(of: Double.self) { values in
    for index in values.indices { values[index] *= scale }
  }
  var shape = weights.shape
  while shape.rank < loss.shape.rank { shape.append(1) }
  return (loss * tape.constant(normalized.converted(to: tape.scalarType).reshaped(to: shape))).sum()
}
