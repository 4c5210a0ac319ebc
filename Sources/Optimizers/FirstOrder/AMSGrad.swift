public import Autodiff
public import Layers

/// Adam with the largest second moment so far in place of the current one, so that steps do not grow again.
///
///     largest = max(largest, v)
///     p = p - learningRate * (m / (1 - beta1^t)) / (sqrt(largest / (1 - beta2^t)) + epsilon)
///
/// Source: Reddi, Kale and Kumar, "On the convergence of Adam and beyond", 2018, algorithm 2, which corrects no bias;
/// corrected here as in PyTorch.
public struct AMSGrad: CoreOptimizer {
  public var core: OptimizerCore
  /// The shares of the moments that are kept, and what keeps the step finite where the second one is zero.
  public let moments: AdamMoments

  /// AMSGrad on the given parameters.
  public init(
    _ parameters: NamedParameters, learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: WeightDecay = .none
  ) {
    moments = AdamMoments(beta1: beta1, beta2: beta2, epsilon: epsilon)
    core = OptimizerCore(
      parameters, learningRate: learningRate, state: ["firstMoment", "secondMoment", "largestSecondMoment"])
    core.weightDecay = weightDecay
  }

  @discardableResult
  public mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
    let (beta1, beta2, epsilon) = (moments.beta1, moments.beta2, moments.epsilon)
    let scale = 1 / (1 - integerPower(beta1, stepCount + 1))
    let correction = 1 / (1 - integerPower(beta2, stepCount + 1)).squareRoot()
    return try core.update(with: gradients) { p, m, v, largest, g, rate in
      let m = beta1 * m + (1 - beta1) * g
      let v = beta2 * v + (1 - beta2) * (g * g)
      let largest = maximum(largest, v)
      return (p - (rate * scale) * m / (sqrt(largest) * correction + epsilon), m, v, largest)
    }
  }
}
