public import Autodiff
public import DenseArrays
public import Layers

/// Stochastic gradient descent: p = p - learningRate * g.
public struct SGD: Optimizer {
  public let parameters: NamedParameters
  public var learningRate: Double
  public var clipping: GradientClipping = .none
  public private(set) var stepCount: Int = 0
  private let apply = ElementwiseUpdate()

  /// Descent on the given parameters.
  public init(_ parameters: NamedParameters, learningRate: Double) {
    self.parameters = parameters
    self.learningRate = learningRate
  }

  public var state: [(name: String, array: DenseArray)] { SavedState.arrays(stepCount, of: parameters, []) }

  public mutating func load(_ state: [(name: String, array: DenseArray)]) throws(StateError) {
    var none: [SavedState.Kind] = []
    stepCount = try SavedState.load(state, of: parameters, &none)
  }

  @discardableResult
  public mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
    let checked = try CheckedGradients(gradients, of: parameters, clipping)
    stepCount += 1
    let rate = learningRate
    for (_, parameter) in parameters { apply(parameter, checked) { p, g in p - rate * g } }
    return checked.report
  }
}
