public import Autodiff
public import Layers

/// Stochastic gradient descent: p = p - learningRate * g.
public struct SGD: CoreOptimizer {
  public var core: OptimizerCore

  /// Descent on the given parameters.
  public init(_ parameters: NamedParameters, learningRate: Double, weightDecay: WeightDecay = .none) {
    core = OptimizerCore(parameters, learningRate: learningRate)
    core.weightDecay = weightDecay
  }

  @discardableResult
  public mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
    try core.update(with: gradients) { p, g, rate in p - rate * g }
  }
}
