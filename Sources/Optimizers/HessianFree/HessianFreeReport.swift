/// What a step of Hessian-free optimization did.
public struct HessianFreeReport: Equatable, Sendable {
  /// The loss before the step, with the weight decay's share.
  public let loss: Double
  /// The loss after it, on the same data.
  public let newLoss: Double
  /// The norm of the gradient, before clipping.
  public let gradientNorm: Double
  /// rho: the real over the predicted reduction, before the line search.
  public let reductionRatio: Double
  /// lambda, as the step was made with.
  public let damping: Double
  /// The iterations of conjugate gradients: as many Gauss-Newton products.
  public let iterations: Int
  /// The iteration whose point was taken.
  public let chosenIteration: Int
  /// What the line search took of it; 0 when the parameters stay as they are.
  public let stepSize: Double
  /// How often the loss was computed after the first time.
  public let lossEvaluations: Int
}

extension HessianFreeReport: CustomStringConvertible {
  public var description: String {
    "loss \(loss) to \(newLoss), ratio \(reductionRatio), damping \(damping), iteration \(chosenIteration) of \(iterations), "
      + "step size \(stepSize), \(lossEvaluations) losses, gradient \(gradientNorm)"
  }
}
