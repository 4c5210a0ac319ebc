public import DenseArrays
public import Layers

/// An optimizer with a core, which has all but the rule itself ready; most rules are written for one element.
///
///     struct SignDescent: CoreOptimizer {
///       var core: OptimizerCore
///       init(_ parameters: NamedParameters, learningRate: Double) {
///         core = OptimizerCore(parameters, learningRate: learningRate)
///       }
///       mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
///         try core.update(with: gradients) { p, g, rate in p - rate * sign(g) }
///       }
///     }
///
/// Clipping, weight decay, groups, the schedule and the state are the core's.
public protocol CoreOptimizer: Optimizer {
  /// Parameters, settings and state.
  var core: OptimizerCore { get set }
}

extension CoreOptimizer {
  public var parameters: NamedParameters { core.parameters }
  public var learningRate: Double {
    get { core.learningRate }
    set { core.learningRate = newValue }
  }
  public var schedule: LearningRateSchedule {
    get { core.schedule }
    set { core.schedule = newValue }
  }
  public var clipping: GradientClipping {
    get { core.clipping }
    set { core.clipping = newValue }
  }
  public var weightDecay: WeightDecay {
    get { core.weightDecay }
    set { core.weightDecay = newValue }
  }
  public var groups: [ParameterGroup] {
    get { core.groups }
    set { core.groups = newValue }
  }
  public var stepCount: Int { core.stepCount }
  public var state: [(name: String, array: DenseArray)] { core.state }

  public mutating func load(_ state: [(name: String, array: DenseArray)]) throws(StateError) {
    try core.load(state)
  }
}
