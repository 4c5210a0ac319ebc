public import Autodiff
public import Layers

/// Steps along the gradient over the root of the sum of all its squares.
///
///     s = s + g^2
///     p = p - learningRate * g / (sqrt(s) + epsilon)
///
/// Source: Duchi, Hazan and Singer, "Adaptive subgradient methods", 2011, the diagonal form of figure 1.
public struct Adagrad: CoreOptimizer {
  public var core: OptimizerCore
  /// What keeps the step finite where the sum is zero.
  public let epsilon: Double

  /// Adagrad on the given parameters; a negative epsilon stops.
  public init(
    _ parameters: NamedParameters, learningRate: Double = 0.01, epsilon: Double = 1e-10,
    weightDecay: WeightDecay = .none
  ) {
    checkEpsilon(epsilon)
    self.epsilon = epsilon
    core = OptimizerCore(parameters, learningRate: learningRate, state: ["squareSum"])
    core.weightDecay = weightDecay
  }

  @discardableResult
  public mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
    let epsilon = epsilon
    return try core.update(with: gradients) { p, s, g, rate in
      let s = s + g * g
      return (p - rate * g / (sqrt(s) + epsilon), s)
    }
  }
}
