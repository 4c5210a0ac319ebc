public import Autodiff
internal import DenseArrays

/// How far the gradient's norm is from being kept from step to step of a simple recurrent net.
///
///     Omega = sum over k of (|delta_{k+1} W diag(f'(a_k))| / |delta_{k+1}| - 1)^2,  delta_k = dE / da_k
///
///     let run = layer.scanned(inputs, options: ScanOptions(keeps: ["preactivation"]))
///     let loss = ...
///     let penalty = vanishingGradientPenalty(
///       of: loss, preactivations: run.result.kept["preactivation"]!, recurrentWeights: tape.parameter(weights)
///     ) { a in 1 - tanh(a) * tanh(a) }
///     try optimizer.update(with: tape.gradients(of: loss + 2 * penalty))
///
/// For nets a_k = W f(a_{k-1}) + ..., with the preactivations a of all steps kept by the scan (`Elman` names them
/// "preactivation"). Norms are each sequence's own; the result is the mean over sequences. Where no gradient arrives a term
/// is 0.
///
/// Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013, equations 9 and 10.
///
/// - Parameters:
///   - loss: E, a scalar.
///   - preactivations: a, [time, batch, n], at least two steps.
///   - recurrentWeights: W, [n, n].
///   - isComplete: With false the derivative in W is the immediate one of the paper, with a and delta as constants: one more
///     reverse sweep. With true everything is differentiated, through a recorded sweep.
///   - derivative: f'.
public func vanishingGradientPenalty(
  of loss: Variable, preactivations: KeptValue, recurrentWeights: Variable, isComplete: Bool = false,
  derivative: (PointwiseScalar) -> PointwiseScalar
) -> Variable {
  let tape = loss.tape
  let (values, probe) = (preactivations.values, preactivations.probe)
  let steps = values.shape[0]
  guard values.shape.rank == 3, steps > 1, recurrentWeights.shape == [values.shape[2], values.shape[2]] else {
    stop(
      "vanishingGradientPenalty: preactivations of shape \(values.shape) and weights of shape \(recurrentWeights.shape); "
        + "expected [time, batch, n] of at least two steps and [n, n]")
  }
  let delta =
    isComplete
    ? tape.recordedGradients(of: loss, withRespectTo: [probe])[0]
    : tape.constant(tape.gradients(of: [loss], withRespectTo: [probe])[0])
  let slopes = pointwise(isComplete ? values : values.detach(), derivative).slice(axis: 0, 0..<steps - 1)
  let later = delta.slice(axis: 0, 1..<steps)
  let earlier = matmul(later, recurrentWeights) * slopes
  let terms = pointwise(square(earlier).sum(axes: [2]), square(later).sum(axes: [2])) { norm, reference in
    // The root has no derivative at 0: what is that small is cut off.
    let ratio = sqrt(maximum(norm / select(reference .== 0, 1, reference), 1e-30))
    return select(reference .== 0, 0, (ratio - 1) * (ratio - 1))
  }
  return terms.sum() / Double(values.shape[1])
}
