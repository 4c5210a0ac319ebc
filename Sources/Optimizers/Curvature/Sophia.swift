public import Autodiff
public import DenseArrays
public import Layers

/// The mean gradient over the mean curvature, each element of the step clipped to the learning rate.
///
///     m = beta1 * m + (1 - beta1) * g                             at each update
///     h = beta2 * h + (1 - beta2) * D                             at each observation
///     p = p - learningRate * clip(m / max(gamma * h, epsilon), -1 ... 1)
///
/// Where the curvature is negative or small, the step is the sign of the mean gradient. Sophia-G has `SampledTargetDiagonal`
/// as its estimator, Sophia-H `HutchinsonDiagonal`. Source: Liu et al., "Sophia: a scalable stochastic second-order
/// optimizer for language model pre-training", 2024, algorithm 3.
public struct Sophia: CurvatureOptimizer {
  public var core: OptimizerCore
  public let estimator: any CurvatureEstimator
  /// The shares of gradient and curvature that are kept, and the smallest curvature.
  public let moments: AdamMoments
  /// The factor on the curvature: the smaller, the more elements are clipped.
  public let gamma: Double

  /// Sophia on the given parameters; a gamma that is negative or not finite stops.
  public init(
    _ parameters: NamedParameters, learningRate: Double, beta1: Double = 0.96, beta2: Double = 0.99,
    epsilon: Double = 1e-12, gamma: Double = 0.01, estimator: any CurvatureEstimator = SampledTargetDiagonal(),
    weightDecay: WeightDecay = .none
  ) {
    checkEpsilon(gamma, "gamma")
    moments = AdamMoments(beta1: beta1, beta2: beta2, epsilon: epsilon)
    self.gamma = gamma
    self.estimator = estimator
    core = OptimizerCore(
      parameters, learningRate: learningRate, state: ["meanGradient", "meanCurvature"],
      scalars: [(OptimizerCore.observationCount, 0)])
    core.weightDecay = weightDecay
  }

  public mutating func observe(_ recorded: RecordedLoss, using random: inout RandomSource) throws(UpdateError) {
    let exponent = estimator.exponent
    try core.observe(recorded, by: estimator, using: &random, into: "meanCurvature", share: moments.beta2) {
      exponent == 1 ? $0 : exponential(base: $0, exponent)
    }
  }

  @discardableResult
  public mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
    core.checkObserved("Sophia")
    let (beta1, epsilon, gamma) = (moments.beta1, moments.epsilon, gamma)
    return try core.update(with: gradients) { p, m, h, g, rate in
      let m = beta1 * m + (1 - beta1) * g
      let step = minimum(maximum(m / maximum(gamma * h, epsilon), -1), 1)
      return (p - rate * step, m, h)
    }
  }
}
