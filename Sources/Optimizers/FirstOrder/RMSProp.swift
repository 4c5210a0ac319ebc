public import Autodiff
public import Layers

/// Steps along the gradient over the root of its mean square.
///
///     v = decay * v + (1 - decay) * g^2
///     a = decay * a + (1 - decay) * g                  when centred, else 0
///     b = momentum * b + g / (sqrt(v - a^2) + epsilon)
///     p = p - learningRate * b
///
/// Source: Tieleman and Hinton, "Lecture 6.5: rmsprop", 2012; centred and with momentum in Graves, "Generating sequences
/// with recurrent neural networks", 2013, equations 38 to 41, where epsilon is under the root instead of outside of it. The
/// places of epsilon and learning rate are PyTorch's.
public struct RMSProp: CoreOptimizer {
  public var core: OptimizerCore
  /// The share of the mean square that is kept from step to step.
  public let decay: Double
  /// The share of the last step that is kept.
  public let momentum: Double
  /// What keeps the step finite where the mean square is zero.
  public let epsilon: Double
  /// Whether the squared mean is taken off the mean square, which leaves the variance.
  public let isCentered: Bool

  /// RMSProp on the given parameters; a share outside of 0 ..< 1 and a negative epsilon stop.
  public init(
    _ parameters: NamedParameters, learningRate: Double = 0.01, decay: Double = 0.99, momentum: Double = 0,
    epsilon: Double = 1e-8, isCentered: Bool = false, weightDecay: WeightDecay = .none
  ) {
    checkShare(decay, "decay")
    checkShare(momentum, "momentum")
    checkEpsilon(epsilon)
    self.decay = decay
    self.momentum = momentum
    self.epsilon = epsilon
    self.isCentered = isCentered
    core = OptimizerCore(parameters, learningRate: learningRate, state: ["meanSquare", "mean", "velocity"])
    core.weightDecay = weightDecay
  }

  @discardableResult
  public mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
    let (decay, momentum, epsilon, isCentered) = (decay, momentum, epsilon, isCentered)
    return try core.update(with: gradients) { p, v, a, b, g, rate in
      let v = decay * v + (1 - decay) * (g * g)
      let a = isCentered ? decay * a + (1 - decay) * g : a
      // Rounding may leave the variance of a constant gradient a little below zero.
      let square = isCentered ? maximum(v - a * a, 0) : v
      let b = momentum * b + g / (sqrt(square) + epsilon)
      return (p - rate * b, v, a, b)
    }
  }
}
