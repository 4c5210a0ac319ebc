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
public protocol Optimizer {
  /// The parameters that are updated.
  var parameters: NamedParameters { get }

  /// The size of a step; may be changed between steps.
  var learningRate: Double { get set }

  /// What is done to gradients that are too large.
  var clipping: GradientClipping { get set }

  /// The number of updates so far.
  var stepCount: Int { get }

  /// The state by name ("forget.bias.velocity"), to be saved.
  var state: [(name: String, array: DenseArray)] { get }

  /// Goes on from a saved state; a state that does not fit is thrown before anything is changed.
  mutating func load(_ state: [(name: String, array: DenseArray)]) throws(StateError)

  /// Changes all parameters in place by one step.
  ///
  /// A parameter that the loss does not depend on has a gradient of zeros. The step is refused, and nothing is changed,
  /// when a gradient has a NaN or an infinity, or when the recording used a parameter that the optimizer does not know.
  @discardableResult
  mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport
}

/// What a step found.
public struct UpdateReport: Equatable, Sendable {
  /// The Euclidean norm of all gradients together, before clipping.
  public let gradientNorm: Double
  /// The factor that clipping by the global norm put on all gradients: 1 when they were within it.
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
    }
  }
}
