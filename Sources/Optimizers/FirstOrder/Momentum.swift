public import Autodiff
public import DenseArrays
public import Layers

/// Gradient descent with a velocity that averages past gradients.
///
///     v = mu_t * v + g
///     p = p - learningRate * v                         classical (Polyak 1964)
///     p = p - learningRate * (g + mu_{t+1} * v)        Nesterov's (Sutskever et al. 2013; see below)
///
/// The velocity starts at zero and is in units of the gradient, as in PyTorch: a change of the learning rate acts on all of
/// it at once. Where the velocity is in units of the parameter instead, it acts on new gradients only.
///
/// Sutskever et al. write Nesterov's method at a base point x, with the gradient taken elsewhere: u = mu_t u - rate
/// gradient(x + mu_t u), x = x + u. The parameters here are stored at the point p = x + mu_t u at which the gradient is
/// taken (Bengio, Boulanger-Lewandowski and Pascanu 2013, equation 7): with u = -rate v both are the same method, for a
/// constant momentum and for a scheduled one, where it is the *next* step's momentum that looks ahead. `basePoints` gives x.
public struct Momentum: CoreOptimizer {
  public var core: OptimizerCore
  /// The share of the velocity that is kept from step to step, in 0 ..< 1.
  public var momentum: MomentumSchedule
  /// Whether the step looks ahead along the velocity, after Nesterov.
  public let isNesterov: Bool

  /// Descent on the given parameters.
  public init(
    _ parameters: NamedParameters, learningRate: Double, momentum: MomentumSchedule = 0.9, isNesterov: Bool = false,
    weightDecay: WeightDecay = .none
  ) {
    core = OptimizerCore(parameters, learningRate: learningRate, state: ["velocity"])
    core.weightDecay = weightDecay
    self.momentum = momentum
    self.isNesterov = isNesterov
  }

  @discardableResult
  public mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
    let (mu, next) = (momentum(stepCount), momentum(stepCount + 1))
    let isNesterov = isNesterov
    return try core.update(with: gradients) { p, v, g, rate in
      let v = mu * v + g
      return (p - rate * (isNesterov ? g + next * v : v), v)
    }
  }

  /// Sutskever's x: where the parameters are without the look ahead; the parameters themselves in the classical form.
  ///
  /// Computed with the optimizer's own learning rate, in the order of the parameters.
  public var basePoints: [DenseArray] {
    let ahead = isNesterov ? learningRate * schedule(max(stepCount - 1, 0)) * momentum(stepCount) : 0
    return zip(parameters, core["velocity"]).map { element, velocity in
      let numbers = zip(element.parameter.value.elements, velocity.elements).map { $0 + ahead * $1 }
      return DenseArray(numbers, shape: velocity.shape).converted(to: velocity.scalarType)
    }
  }
}
