public import Autodiff
public import DenseArrays
public import Layers

/// Adam: steps along the mean gradient over the root of its mean square.
///
///     m = beta1 * m + (1 - beta1) * g
///     v = beta2 * v + (1 - beta2) * g^2
///     p = p - learningRate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1; t counts from 1. PyTorch and JAX
/// compute the same; TensorFlow adds epsilon before the second correction (the paper's "epsilon hat").
public struct Adam: Optimizer {
  public let parameters: NamedParameters
  public var learningRate: Double
  /// The share of the first moment that is kept from step to step.
  public let beta1: Double
  /// The share of the second moment that is kept from step to step.
  public let beta2: Double
  /// What keeps the step finite where the second moment is zero.
  public let epsilon: Double
  public var clipping: GradientClipping = .none
  public private(set) var stepCount: Int = 0
  private let apply = ElementwiseUpdate()
  private var firstMoments: [DenseArray]
  private var secondMoments: [DenseArray]

  /// Adam on the given parameters, with the paper's constants unless said.
  public init(
    _ parameters: NamedParameters, learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8
  ) {
    self.parameters = parameters
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    firstMoments = SavedState.zeros(for: parameters)
    secondMoments = SavedState.zeros(for: parameters)
  }

  public var state: [(name: String, array: DenseArray)] {
    SavedState.arrays(
      stepCount, of: parameters, [("firstMoment", firstMoments), ("secondMoment", secondMoments)])
  }

  public mutating func load(_ state: [(name: String, array: DenseArray)]) throws(StateError) {
    var kinds: [SavedState.Kind] = [("firstMoment", firstMoments), ("secondMoment", secondMoments)]
    stepCount = try SavedState.load(state, of: parameters, &kinds)
    firstMoments = kinds[0].arrays
    secondMoments = kinds[1].arrays
  }

  @discardableResult
  public mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
    let checked = try CheckedGradients(gradients, of: parameters, clipping)
    stepCount += 1
    let (beta1, beta2, epsilon) = (beta1, beta2, epsilon)
    let rate = learningRate / (1 - integerPower(beta1, stepCount))
    let correction = 1 / (1 - integerPower(beta2, stepCount)).squareRoot()
    for index in parameters.indices {
      apply(parameters[index].parameter, &firstMoments[index], &secondMoments[index], checked) { p, m, v, g in
        let m = beta1 * m + (1 - beta1) * g
        let v = beta2 * v + (1 - beta2) * (g * g)
        return (p - rate * m / (sqrt(v) * correction + epsilon), m, v)
      }
    }
    return checked.report
  }
}

/// base^exponent by repeated squaring, for an exponent that is not negative.
func integerPower(_ base: Double, _ exponent: Int) -> Double {
  var result = 1.0
  var square = base
  var rest = exponent
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}
