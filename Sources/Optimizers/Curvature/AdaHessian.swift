public import Autodiff
public import DenseArrays
public import Layers

/// Adam with the diagonal of the Hessian where Adam has the gradient in its second moment.
///
///     m = beta1 * m + (1 - beta1) * g                 at each update
///     v = beta2 * v + (1 - beta2) * D^2               at each observation
///     p = p - learningRate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^n)) + epsilon)
///
/// Source: Yao et al., "AdaHessian: an adaptive second order optimizer", 2021, equations 10 to 12, with Hessian power 1 and
/// without the averaging of D over blocks.
public struct AdaHessian: CurvatureOptimizer {
  public var core: OptimizerCore
  public let estimator: any CurvatureEstimator
  /// The shares of the moments that are kept, and what keeps the step finite where the second one is zero.
  public let moments: AdamMoments

  /// AdaHessian on the given parameters.
  public init(
    _ parameters: NamedParameters, learningRate: Double = 0.1, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-4, estimator: any CurvatureEstimator = HutchinsonDiagonal(),
    weightDecay: WeightDecay = .none
  ) {
    moments = AdamMoments(beta1: beta1, beta2: beta2, epsilon: epsilon)
    self.estimator = estimator
    core = OptimizerCore(
      parameters, learningRate: learningRate, state: ["firstMoment", "secondMoment"],
      scalars: [(OptimizerCore.observationCount, 0)])
    core.weightDecay = weightDecay
  }

  public mutating func observe(_ recorded: RecordedLoss, using random: inout RandomSource) throws(UpdateError) {
    let exponent = estimator.exponent
    try core.observe(estimator.sample(recorded, using: &random), into: "secondMoment", share: moments.beta2) { sample in
      exponent == 1 ? sample * sample : exponential(base: sample, 2 * exponent)
    }
  }

  @discardableResult
  public mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
    core.checkObserved("AdaHessian")
    let (beta1, epsilon) = (moments.beta1, moments.epsilon)
    let scale = 1 / (1 - integerPower(beta1, stepCount + 1))
    let correction = 1 / (1 - integerPower(moments.beta2, core.observations)).squareRoot()
    return try core.update(with: gradients) { p, m, v, g, rate in
      let m = beta1 * m + (1 - beta1) * g
      return (p - (rate * scale) * m / (sqrt(v) * correction + epsilon), m, v)
    }
  }
}
