public import Autodiff
public import DenseArrays
public import Layers

/// Adam with Nesterov's momentum, whose share grows as mu_t = beta1 (1 - 0.96^(decay t) / 2).
///
///     m = beta1 * m + (1 - beta1) * g
///     v = beta2 * v + (1 - beta2) * g^2
///     step = (1 - mu_t) g / (1 - mu_1 ... mu_t) + mu_{t+1} m / (1 - mu_1 ... mu_{t+1})
///     p = p - learningRate * step / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// Source: Dozat, "Incorporating Nesterov momentum into Adam", 2016, algorithm 2, with the schedule of its section 3.1; the
/// moment itself keeps beta1, as in PyTorch.
public struct Nadam: CoreOptimizer {
  public var core: OptimizerCore
  /// The shares of the moments that are kept, and what keeps the step finite where the second one is zero.
  public let moments: AdamMoments
  /// How fast the share of momentum grows: 0 keeps it at half of beta1.
  public let momentumDecay: Double

  /// Nadam on the given parameters.
  public init(
    _ parameters: NamedParameters, learningRate: Double = 0.002, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, momentumDecay: Double = 0.004, weightDecay: WeightDecay = .none
  ) {
    checkEpsilon(momentumDecay, "momentumDecay")
    moments = AdamMoments(beta1: beta1, beta2: beta2, epsilon: epsilon)
    self.momentumDecay = momentumDecay
    core = OptimizerCore(
      parameters, learningRate: learningRate, state: ["firstMoment", "secondMoment"],
      scalars: [("momentumProduct", 1)])
    core.weightDecay = weightDecay
  }

  public mutating func load(_ state: [(name: String, array: DenseArray)]) throws(StateError) {
    try core.load(state, expecting: "momentumProduct", "a number from 0 to 1") { (0...1).contains($0) }
  }

  @discardableResult
  public mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
    let (beta1, beta2, epsilon) = (moments.beta1, moments.beta2, moments.epsilon)
    let (mu, next) = (share(stepCount + 1), share(stepCount + 2))
    let product = core.scalars[0].value * mu
    let gradientScale = (1 - mu) / (1 - product)
    let momentScale = next / (1 - product * next)
    let correction = 1 / (1 - integerPower(beta2, stepCount + 1)).squareRoot()
    let report = try core.update(with: gradients) { p, m, v, g, rate in
      let m = beta1 * m + (1 - beta1) * g
      let v = beta2 * v + (1 - beta2) * (g * g)
      return (p - rate * (gradientScale * g + momentScale * m) / (sqrt(v) * correction + epsilon), m, v)
    }
    core.scalars[0].value = product
    return report
  }

  /// mu_t.
  private func share(_ step: Int) -> Double {
    moments.beta1 * (1 - 0.5 * exponential(base: 0.96, Double(step) * momentumDecay))
  }
}
