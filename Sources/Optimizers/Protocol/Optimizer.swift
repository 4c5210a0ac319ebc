public import Autodiff
public import DenseArrays
public import Layers

/// A rule that changes parameters along their gradients.
///
///     var optimizer = Adam(model.parameters, learningRate: 0.001)
///     optimizer.clipping = .globalNorm(1)
///     for batch in batches {
///       tape.reset()
///       let loss = model.loss(tape.constant(batch))
///       let report = try optimizer.update(with: tape.gradients(of: loss))
///     }
///
/// An optimizer is made for the parameters that it updates and keeps the state of each (velocities, moments), so that a
/// step asks for no memory. It is a value: a copy goes on from the same state, apart from the parameters, which are shared.
public protocol Optimizer: SavableState {
  /// The parameters that are updated.
  var parameters: NamedParameters { get }

  /// The size of a step; may be changed between steps. 0 is legal; a negative rate, an infinity and NaN are refused.
  var learningRate: Double { get set }

  /// A factor on the learning rates by the number of the step.
  var schedule: LearningRateSchedule { get set }

  /// What pulls parameters to zero apart from the loss.
  var weightDecay: WeightDecay { get set }

  /// Parameters with a learning rate and a weight decay of their own, or that are frozen.
  var groups: [ParameterGroup] { get set }

  /// What is done to gradients that are too large.
  var clipping: GradientClipping { get set }

  /// The number of updates so far.
  var stepCount: Int { get }

  /// Changes all parameters in place by one step.
  ///
  /// A parameter that the loss does not depend on has a gradient of zeros. The step is refused, and nothing is changed,
  /// when a gradient has a NaN or an infinity, when the recording used a parameter that the optimizer does not know, or when
  /// a learning rate or weight decay is negative or not finite.
  @discardableResult
  mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport
}

/// What a step found.
public struct UpdateReport: Equatable, Sendable {
  /// The Euclidean norm of all gradients together, before clipping.
  public let gradientNorm: Double
  /// The factor that clipping by the global norm put on all gradients, or the smallest that clipping by each parameter's
  /// norm put on one: 1 when they were within it.
  public let scale: Double

  public init(gradientNorm: Double, scale: Double) {
    self.gradientNorm = gradientNorm
    self.scale = scale
  }
}

/// Why an optimizer refused a step; nothing was changed.
public enum UpdateError: Error, Equatable, Sendable {
  /// A gradient has an element that is NaN or infinite; `index` counts row-major.
  case nonFiniteGradient(parameter: String, index: Int, value: Double)
  /// The recording used a parameter that is not among the optimizer's; `name` is what it calls itself.
  case unknownParameter(name: String, shape: Shape)
  /// A learning rate, after the schedule, that is negative, infinite or NaN.
  case invalidLearningRate(Double)
  /// A loss that is NaN or infinite, where a method looks at it.
  case nonFiniteLoss(Double)
  /// An estimate of a curvature with an element that is NaN or infinite.
  case nonFiniteCurvature(parameter: String)
  /// A weight decay that is negative, infinite or NaN.
  case invalidWeightDecay(Double)

  public static func == (first: UpdateError, second: UpdateError) -> Bool {
    // NaN equals NaN here, so that errors can be compared.
    first.description == second.description
  }
}

extension UpdateError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .nonFiniteGradient(let parameter, let index, let value):
      "the gradient of \"\(parameter)\" is \(value) at element \(index); the step is refused"
    case .unknownParameter(let name, let shape):
      "the loss used parameter \(name.isEmpty ? "(unnamed)" : "\"\(name)\"") of shape \(shape), which is not among the "
        + "optimizer's: a property that the module's traversal does not reach, or another module's parameter"
    case .invalidLearningRate(let rate):
      "a learning rate of \(rate); expected a finite number, 0 or more; the step is refused"
    case .nonFiniteLoss(let loss):
      "the loss is \(loss); the step is refused"
    case .nonFiniteCurvature(let parameter):
      "the curvature of \"\(parameter)\" is not finite; the estimate is refused"
    case .invalidWeightDecay(let decay):
      "a weight decay of \(decay); expected a finite number, 0 or more; the step is refused"
    }
  }
}
