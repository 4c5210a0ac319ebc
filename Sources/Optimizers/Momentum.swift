public import Autodiff
public import DenseArrays
public import Layers

/// Gradient descent with a velocity that averages past gradients.
///
///     v = momentum * v + g
///     p = p - learningRate * v                       classical (Polyak 1964)
///     p = p - learningRate * (g + momentum * v)      Nesterov's (Sutskever et al. 2013, rearranged so that p is where
///                                                    the gradient was taken)
///
/// The velocity starts at zero and is in units of the gradient, as in PyTorch: a change of the learning rate acts on all of
/// it at once. Where the velocity is in units of the parameter instead, it acts on new gradients only.
public struct Momentum: Optimizer {
  public let parameters: NamedParameters
  public var learningRate: Double
  /// The share of the velocity that is kept from step to step, in 0 ..< 1.
  public var momentum: Double
  /// Whether the step looks ahead along the velocity, after Nesterov.
  public let isNesterov: Bool
  public var clipping: GradientClipping = .none
  public private(set) var stepCount: Int = 0
  private let apply = ElementwiseUpdate()
  private var velocities: [DenseArray]

  /// Descent on the given parameters.
  public init(
    _ parameters: NamedParameters, learningRate: Double, momentum: Double = 0.9, isNesterov: Bool = false
  ) {
    self.parameters = parameters
    self.learningRate = learningRate
    self.momentum = momentum
    self.isNesterov = isNesterov
    velocities = SavedState.zeros(for: parameters)
  }

  public var state: [(name: String, array: DenseArray)] {
    SavedState.arrays(stepCount, of: parameters, [("velocity", velocities)])
  }

  public mutating func load(_ state: [(name: String, array: DenseArray)]) throws(StateError) {
    var kinds: [SavedState.Kind] = [("velocity", velocities)]
    stepCount = try SavedState.load(state, of: parameters, &kinds)
    velocities = kinds[0].arrays
  }

  @discardableResult
  public mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
    let checked = try CheckedGradients(gradients, of: parameters, clipping)
    stepCount += 1
    let (rate, momentum, isNesterov) = (learningRate, momentum, isNesterov)
    for index in parameters.indices {
      apply(parameters[index].parameter, &velocities[index], checked) { p, v, g in
        let v = momentum * v + g
        return (p - rate * (isNesterov ? g + momentum * v : v), v)
      }
    }
    return checked.report
  }
}
