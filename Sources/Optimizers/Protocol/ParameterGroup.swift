public import Autodiff
public import Layers

/// Parameters with settings of their own.
///
///     optimizer.groups = [
///       ParameterGroup(model.embedding.parameters, isFrozen: true),
///       ParameterGroup(model.readout.parameters, learningRate: 0.1, weightDecay: .none),
///     ]
///
/// What a group leaves open is the optimizer's. A parameter in two groups is in the first.
public struct ParameterGroup: Sendable {
  /// The parameters of the group; those that the optimizer does not know stop.
  public let parameters: [Parameter]
  /// The learning rate before the schedule; nil is the optimizer's.
  public var learningRate: Double?
  /// The weight decay; nil is the optimizer's.
  public var weightDecay: WeightDecay?
  /// Whether steps pass the parameters by: they stay as they are, and so does their state; their gradients are not looked
  /// at and are not part of the norm.
  public var isFrozen: Bool

  /// A group of the given parameters.
  public init(
    _ parameters: [Parameter], learningRate: Double? = nil, weightDecay: WeightDecay? = nil, isFrozen: Bool = false
  ) {
    self.parameters = parameters
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.isFrozen = isFrozen
  }

  /// A group of all parameters of a module.
  public init(
    _ parameters: NamedParameters, learningRate: Double? = nil, weightDecay: WeightDecay? = nil, isFrozen: Bool = false
  ) {
    self.init(
      parameters.map(\.parameter), learningRate: learningRate, weightDecay: weightDecay, isFrozen: isFrozen)
  }
}

/// What pulls parameters to zero apart from the loss.
public enum WeightDecay: Hashable, Sendable {
  /// Nothing.
  case none
  /// g + decay p instead of g, after clipping: the gradient of decay |p|^2 / 2 as part of the loss.
  case coupled(Double)
  /// p - learningRate decay p before the step, apart from the rule's moments (Loshchilov and Hutter 2019, algorithm 2).
  case decoupled(Double)

  /// The factor of p in the gradient and in the step.
  var factors: (coupled: Double, decoupled: Double) {
    switch self {
    case .none: (0, 0)
    case .coupled(let decay): (decay, 0)
    case .decoupled(let decay): (0, decay)
    }
  }
}
