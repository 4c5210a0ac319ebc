public import Autodiff
public import DenseArrays
public import Layers

/// Adam with the diagonal of the Hessian where Adam has the gradient in its second moment.
///
///     m = beta1 * m + (1 - beta1) * g                 at each update
///     v = beta2 * v + (1 - beta2) * D^2               at each observation
///     p = p - learningRate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^n))^power + epsilon)
///
/// With a power of 1 the step is Newton's along each axis where D is exact, times the learning rate; the mean square of
/// Hutchinson's samples has the squares of the whole row of the Hessian in it, so that the step is then equilibration's.
///
/// Source: Yao et al., "AdaHessian: an adaptive second order optimizer for machine learning", 2021. What it calls spatial
/// averaging is `BlockAverage(of: HutchinsonDiagonal(), size: size)` as the estimator.
public struct AdaHessian: CurvatureOptimizer {
  public var core: OptimizerCore
  public let estimator: any CurvatureEstimator
  /// The shares of the moments that are kept, and what keeps the step finite where the second one is zero.
  public let moments: AdamMoments
  /// The Hessian power: 1 divides by the curvature, 0 by 1 as gradient descent does.
  public let power: Double

  /// AdaHessian on the given parameters; a share outside of 0 ..< 1, a negative epsilon and a power outside of 0 ... 1 stop.
  public init(
    _ parameters: NamedParameters, learningRate: Double = 0.1, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-4, power: Double = 1, estimator: any CurvatureEstimator = HutchinsonDiagonal(),
    weightDecay: WeightDecay = .none
  ) {
    guard (0...1).contains(power) else { stop("AdaHessian: power \(power); expected it in 0 ... 1") }
    self.power = power
    moments = AdamMoments(beta1: beta1, beta2: beta2, epsilon: epsilon)
    self.estimator = estimator
    core = OptimizerCore(
      parameters, learningRate: learningRate, state: ["firstMoment", "secondMoment"],
      scalars: [(OptimizerCore.observationCount, 0)])
    core.weightDecay = weightDecay
  }

  public mutating func observe(_ recorded: RecordedLoss, using random: inout RandomSource) throws(UpdateError) {
    let exponent = estimator.exponent
    try core.observe(recorded, by: estimator, using: &random, into: "secondMoment", share: moments.beta2) { sample in
      exponent == 1 ? sample * sample : exponential(base: sample, 2 * exponent)
    }
  }

  @discardableResult
  public mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
    core.checkObserved("AdaHessian")
    let (beta1, epsilon, power) = (moments.beta1, moments.epsilon, power)
    let scale = 1 / (1 - integerPower(beta1, stepCount + 1))
    let correction = 1 / (1 - integerPower(moments.beta2, core.observations)).squareRoot()
    return try core.update(with: gradients) { p, m, v, g, rate in
      let m = beta1 * m + (1 - beta1) * g
      let root = sqrt(v) * correction
      return (p - (rate * scale) * m / ((power == 1 ? root : pow(root, power)) + epsilon), m, v)
    }
  }
}
