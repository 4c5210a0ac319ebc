public import Autodiff
public import Layers

/// Adam: steps along the mean gradient over the root of its mean square.
///
///     m = beta1 * m + (1 - beta1) * g
///     v = beta2 * v + (1 - beta2) * g^2
///     p = p - learningRate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1; t counts from 1. PyTorch and JAX
/// compute the same; TensorFlow adds epsilon before the second correction (the paper's "epsilon hat").
public struct Adam: CoreOptimizer {
  public var core: OptimizerCore
  /// The shares of the moments that are kept, and what keeps the step finite where the second one is zero.
  public let moments: AdamMoments

  /// Adam on the given parameters, with the paper's constants unless said.
  public init(
    _ parameters: NamedParameters, learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: WeightDecay = .none
  ) {
    moments = AdamMoments(beta1: beta1, beta2: beta2, epsilon: epsilon)
    core = OptimizerCore(parameters, learningRate: learningRate, state: ["firstMoment", "secondMoment"])
    core.weightDecay = weightDecay
  }

  @discardableResult
  public mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
    try core.updateAdam(with: gradients, moments)
  }
}

/// Adam with a weight decay that is apart from its moments.
///
/// p = p - learningRate * decay * p comes before Adam's step. Source: Loshchilov and Hutter, "Decoupled weight decay
/// regularization", 2019, algorithm 2; as in PyTorch the learning rate multiplies the decay too.
public struct AdamW: CoreOptimizer {
  public var core: OptimizerCore
  /// The shares of the moments that are kept, and what keeps the step finite where the second one is zero.
  public let moments: AdamMoments

  /// AdamW on the given parameters.
  public init(
    _ parameters: NamedParameters, learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0.01
  ) {
    moments = AdamMoments(beta1: beta1, beta2: beta2, epsilon: epsilon)
    core = OptimizerCore(parameters, learningRate: learningRate, state: ["firstMoment", "secondMoment"])
    core.weightDecay = .decoupled(weightDecay)
  }

  @discardableResult
  public mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
    try core.updateAdam(with: gradients, moments)
  }
}

/// The constants of Adam and its relatives.
public struct AdamMoments: Hashable, Sendable {
  /// The share of the first moment that is kept from step to step.
  public let beta1: Double
  /// The share of the second moment that is kept from step to step.
  public let beta2: Double
  /// What keeps the step finite where the second moment is zero.
  public let epsilon: Double

  /// Constants; a share outside of 0 ..< 1 and a negative epsilon stop.
  public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
    checkShare(beta1, "beta1")
    checkShare(beta2, "beta2")
    checkEpsilon(epsilon)
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }
}

extension OptimizerCore {
  /// Adam's step, which AdamW shares.
  mutating func updateAdam(
    with gradients: Gradients, _ moments: AdamMoments
  ) throws(UpdateError) -> UpdateReport {
    let (beta1, beta2, epsilon) = (moments.beta1, moments.beta2, moments.epsilon)
    let scale = 1 / (1 - integerPower(beta1, stepCount + 1))
    let correction = 1 / (1 - integerPower(beta2, stepCount + 1)).squareRoot()
    return try update(with: gradients) { p, m, v, g, rate in
      let m = beta1 * m + (1 - beta1) * g
      let v = beta2 * v + (1 - beta2) * (g * g)
      return (p - (rate * scale) * m / (sqrt(v) * correction + epsilon), m, v)
    }
  }
}
