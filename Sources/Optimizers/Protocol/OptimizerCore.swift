public import Autodiff
public import DenseArrays
public import Layers

/// What optimizers have in common, whatever their rule: parameters, settings, and arrays of state by name.
///
/// State is kept for each parameter, in its shape and type, and for the optimizer as a whole as single numbers.
public struct OptimizerCore {
  /// The parameters that are updated.
  public let parameters: NamedParameters
  /// The size of a step before the schedule.
  public var learningRate: Double
  /// A factor on the learning rates by the number of the step.
  public var schedule: LearningRateSchedule = .constant
  /// What is done to gradients that are too large.
  public var clipping: GradientClipping = .none
  /// What pulls parameters to zero.
  public var weightDecay: WeightDecay = .none
  /// Parameters with settings of their own; a parameter that the optimizer does not know stops.
  public var groups: [ParameterGroup] = [] {
    didSet { assignGroups() }
  }
  /// The number of updates so far.
  public private(set) var stepCount: Int = 0
  /// Single numbers of state by name, saved with the arrays.
  public var scalars: [(name: String, value: Double)]

  private let kinds: [String]
  /// Kind by kind, a parameter after the other.
  private var arrays: [DenseArray]
  /// The group of each parameter, or -1.
  private var groupIndices: [Int]
  private let apply = ElementwiseUpdate()

  /// A core with arrays of zeros of the given kinds for each parameter.
  public init(
    _ parameters: NamedParameters, learningRate: Double, state kinds: [String] = [],
    scalars: [(name: String, value: Double)] = []
  ) {
    self.parameters = parameters
    self.learningRate = learningRate
    self.kinds = kinds
    self.scalars = scalars
    arrays = kinds.flatMap { _ in SavedState.zeros(for: parameters) }
    groupIndices = Array(repeating: -1, count: parameters.count)
  }

  /// The arrays of one kind of state, in the order of the parameters; a kind that there is not stops.
  public subscript(kind: String) -> [DenseArray] {
    get {
      let start = start(of: kind)
      return Array(arrays[start..<start + parameters.count])
    }
    set {
      let start = start(of: kind)
      guard newValue.count == parameters.count else {
        stop("OptimizerCore: \(newValue.count) arrays of \"\(kind)\" for \(parameters.count) parameters")
      }
      for (index, array) in newValue.enumerated() { arrays[start + index] = array }
    }
  }

  private func start(of kind: String) -> Int {
    guard let position = kinds.firstIndex(of: kind) else {
      stop("OptimizerCore: no state \"\(kind)\"; there are \(kinds)")
    }
    return position * parameters.count
  }

  /// The state by name.
  public var state: [(name: String, array: DenseArray)] {
    SavedState.arrays(stepCount, of: parameters, kinds.map { ($0, self[$0]) }, scalars)
  }

  /// Goes on from a saved state; one that does not fit is thrown before anything is changed.
  public mutating func load(_ state: [(name: String, array: DenseArray)]) throws(StateError) {
    let saved = try SavedState.load(state, of: parameters, kinds.map { ($0, self[$0]) }, scalars)
    for (name, value) in saved.scalars where name == Self.observationCount {
      guard let count = Int(exactly: value), count >= 0 else {
        throw .value(name: name, expected: "a whole number, 0 or more", found: value)
      }
    }
    stepCount = saved.stepCount
    scalars = saved.scalars
    arrays = saved.arrays
  }

  /// Goes on from a saved state in which one of the numbers has to be fit.
  mutating func load(
    _ state: [(name: String, array: DenseArray)], expecting name: String, _ expected: String,
    _ isFit: (Double) -> Bool
  ) throws(StateError) {
    var loaded = self
    try loaded.load(state)
    for (found, value) in loaded.scalars where found == name && !isFit(value) {
      throw .value(name: name, expected: expected, found: value)
    }
    self = loaded
  }

  private mutating func assignGroups() {
    groupIndices = Array(repeating: -1, count: parameters.count)
    for (number, group) in groups.enumerated() {
      for parameter in group.parameters {
        guard let index = parameters.firstIndex(where: { $0.parameter === parameter }) else {
          stop("ParameterGroup: parameter \"\(parameter.name)\" is not among the optimizer's")
        }
        if groupIndices[index] < 0 { groupIndices[index] = number }
      }
    }
  }
}

extension OptimizerCore {
  /// A step of a rule without state; the rule makes p from p, g and the learning rate.
  public mutating func update(
    with gradients: Gradients, _ rule: (PointwiseScalar, PointwiseScalar, Double) -> PointwiseScalar
  ) throws(UpdateError) -> UpdateReport {
    try step(with: gradients) { apply, parameter, _, checked, settings in
      apply(parameter, checked) { p, g in
        let (p, g) = settings.decayed(p, g)
        return rule(p, g, settings.rate)
      }
    }
  }

  /// A step of a rule with one kind of state; the rule makes p, s from p, s, g and the learning rate.
  public mutating func update(
    with gradients: Gradients,
    _ rule: (PointwiseScalar, PointwiseScalar, PointwiseScalar, Double) -> (PointwiseScalar, PointwiseScalar)
  ) throws(UpdateError) -> UpdateReport {
    try step(with: gradients) { apply, parameter, state, checked, settings in
      apply(parameter, &state[0].pointee, checked) { p, s, g in
        let (p, g) = settings.decayed(p, g)
        return rule(p, s, g, settings.rate)
      }
    }
  }

  /// A step of a rule with two kinds of state; the rule makes p, s, t from p, s, t, g and the learning rate.
  public mutating func update(
    with gradients: Gradients,
    _ rule: (PointwiseScalar, PointwiseScalar, PointwiseScalar, PointwiseScalar, Double) -> (
      PointwiseScalar, PointwiseScalar, PointwiseScalar
    )
  ) throws(UpdateError) -> UpdateReport {
    try step(with: gradients) { apply, parameter, state, checked, settings in
      apply(parameter, &state[0].pointee, &state[1].pointee, checked) { p, s, t, g in
        let (p, g) = settings.decayed(p, g)
        return rule(p, s, t, g, settings.rate)
      }
    }
  }

  /// A step of a rule with three kinds of state; the rule makes p, s, t, u from p, s, t, u, g and the learning rate.
  public mutating func update(
    with gradients: Gradients,
    _ rule: (PointwiseScalar, PointwiseScalar, PointwiseScalar, PointwiseScalar, PointwiseScalar, Double) -> (
      PointwiseScalar, PointwiseScalar, PointwiseScalar, PointwiseScalar
    )
  ) throws(UpdateError) -> UpdateReport {
    try step(with: gradients) { apply, parameter, state, checked, settings in
      apply(parameter, &state[0].pointee, &state[1].pointee, &state[2].pointee, checked) { p, s, t, u, g in
        let (p, g) = settings.decayed(p, g)
        return rule(p, s, t, u, g, settings.rate)
      }
    }
  }

  /// The arrays of a parameter's state, kind by kind.
  fileprivate struct StateArrays {
    let first: UnsafeMutablePointer<DenseArray>?
    let stride: Int

    subscript(kind: Int) -> UnsafeMutablePointer<DenseArray> {
      guard let first else { stop("OptimizerCore: a rule with more kinds of state than the core was made with") }
      return first + kind * stride
    }
  }

  /// What a parameter's step is made with.
  struct StepSettings {
    let rate: Double
    let decay: WeightDecay

    /// The parameter and the gradient after weight decay.
    fileprivate func decayed(_ p: PointwiseScalar, _ g: PointwiseScalar) -> (PointwiseScalar, PointwiseScalar) {
      let (coupled, decoupled) = decay.factors
      return (decoupled == 0 ? p : p * (1 - rate * decoupled), coupled == 0 ? g : g + coupled * p)
    }

    /// Refuses settings that no step can be made with.
    fileprivate func check() throws(UpdateError) {
      guard rate >= 0, rate.isFinite else { throw .invalidLearningRate(rate) }
      let (coupled, decoupled) = decay.factors
      guard coupled >= 0, coupled.isFinite else { throw .invalidWeightDecay(coupled) }
      guard decoupled >= 0, decoupled.isFinite else { throw .invalidWeightDecay(decoupled) }
    }
  }

  /// The settings of each parameter's next step, nil for a frozen one; settings that no step can be made with are refused.
  func stepSettings() throws(UpdateError) -> [StepSettings?] {
    let factor = schedule(stepCount)
    // The settings of what is in no group, then those of the groups.
    let settings = (-1..<groups.count).map { index in
      let group = index < 0 ? nil : groups[index]
      return StepSettings(
        rate: (group?.learningRate ?? learningRate) * factor, decay: group?.weightDecay ?? weightDecay)
    }
    for group in settings { try group.check() }
    return groupIndices.map { $0 >= 0 && groups[$0].isFrozen ? nil : settings[$0 + 1] }
  }

  /// Counts a step that was made without `update`.
  mutating func countStep() { stepCount += 1 }

  private mutating func step(
    with gradients: Gradients,
    _ body: (ElementwiseUpdate, Parameter, StateArrays, CheckedGradients, StepSettings) -> Void
  ) throws(UpdateError) -> UpdateReport {
    let (parameters, apply, settings) = (parameters, apply, try stepSettings())
    let checked = try CheckedGradients(gradients, of: parameters, clipping) { settings[$0] == nil }
    stepCount += 1
    let stride = parameters.count
    arrays.withUnsafeMutableBufferPointer { buffer in
      for (index, settings) in settings.enumerated() {
        guard let settings else { continue }
        let state = StateArrays(first: buffer.baseAddress.map { $0 + index }, stride: stride)
        body(apply, parameters[index].parameter, state, checked, settings)
      }
    }
    return checked.report
  }
}
