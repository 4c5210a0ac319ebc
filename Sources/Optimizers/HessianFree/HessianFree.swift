public import Autodiff
public import DenseArrays
public import Layers

/// Hessian-free optimization: each step minimises a damped quadratic model with Gauss-Newton products.
///
///     var optimizer = HessianFree(model.parameters)
///     for _ in 0..<100 {
///       let report = try optimizer.step(on: tape) { tape in
///         RecordedLoss(model(tape.constant(inputs)), .squaredError(targets: targets), of: model.parameters)
///       }
///       print(report)
///     }
///
/// The quadratic is q(x) = g'x + x'(G + lambda I + lambda mu K) x / 2. It is minimised by preconditioned conjugate gradients,
/// which start at `warmStart` times where they ended the last time; then iterates are gone back as long as the loss falls,
/// lambda follows the reduction ratio, and a line search makes sure that the loss falls.
///
/// The settings of other optimizers mean here: a frozen parameter is no part of x; coupled weight decay is part of the loss,
/// its gradient and its curvature; decoupled weight decay shrinks the parameters after the line search; the gradient is
/// clipped before it is g; a learning rate other than 1 is a factor on the change, within the line search.
///
/// Source: Martens, "Deep learning via Hessian-free optimization", 2010; Martens and Sutskever, "Learning recurrent neural
/// networks with Hessian-free optimization", 2011, with structural damping. The ratio is taken with q without lambda I.
public struct HessianFree: CoreOptimizer {
  /// What the loss and its curvature are computed from.
  public struct Objective {
    let tape: Tape
    let loss: (Tape) -> RecordedLoss
    let curvatureLoss: (Tape) -> RecordedLoss

    /// An objective.
    ///
    /// - Parameters:
    ///   - tape: a tape of the parameters' type, which each step resets.
    ///   - curvatureLoss: records the loss whose curvature is used, on a smaller batch; nil for the other one.
    ///   - loss: records the loss whose gradient and values are used, of all parameters of the optimizer.
    public init(
      on tape: Tape, curvatureLoss: ((Tape) -> RecordedLoss)? = nil, _ loss: @escaping (Tape) -> RecordedLoss
    ) {
      self.tape = tape
      self.loss = loss
      self.curvatureLoss = curvatureLoss ?? loss
    }
  }

  public var core: OptimizerCore
  /// What `update(with:)` computes losses and curvature from; an update without it stops.
  public var objective: Objective?
  /// mu: how much a change of the hidden states weighs in the damping; 0 leaves it out, below 0 or not finite it stops.
  public var structuralDamping: Double = 0 {
    didSet { checkEpsilon(structuralDamping, "structuralDamping") }
  }
  /// How lambda grows and falls; one that is below 1 or not finite stops.
  public var dampingFactor: Double = 1.5 {
    didSet {
      guard dampingFactor >= 1, dampingFactor.isFinite else {
        stop("HessianFree: dampingFactor \(dampingFactor); expected a finite number, 1 or more")
      }
    }
  }
  /// How much of the last solution the next one starts from; a share that is negative or not finite stops.
  public var warmStart: Double = 0.95 {
    didSet { checkEpsilon(warmStart, "warmStart") }
  }
  /// The iterations and when they stop.
  public var conjugateGradients = ConjugateGradients()
  /// What estimates the diagonal D of the preconditioner (D + lambda)^exponent; nil for none.
  public var preconditioner: (any CurvatureEstimator)? = GaussNewtonDiagonal()
  /// The number of samples of the preconditioner's diagonal.
  public var preconditionerSamples: Int = 10
  /// The exponent of the preconditioner; one that is negative or not finite stops.
  public var preconditionerExponent: Double = 0.75 {
    didSet { checkEpsilon(preconditionerExponent, "preconditionerExponent") }
  }
  /// What the preconditioner's random signs are drawn from, with the number of the step.
  public var seed: UInt64 = 0
  /// What the last step did.
  public private(set) var lastReport: HessianFreeReport?

  /// Optimization of the given parameters; an initial damping that is negative or not finite stops.
  public init(
    _ parameters: NamedParameters, learningRate: Double = 1, damping: Double = 1, weightDecay: WeightDecay = .none
  ) {
    checkEpsilon(damping, "damping")
    core = OptimizerCore(
      parameters, learningRate: learningRate, state: ["direction"], scalars: [("damping", damping)])
    core.weightDecay = weightDecay
  }

  /// lambda; one that is negative or not finite stops.
  public var damping: Double {
    get { core.scalars[0].value }
    set {
      checkEpsilon(newValue, "damping")
      core.scalars[0].value = newValue
    }
  }

  public mutating func load(_ state: [(name: String, array: DenseArray)]) throws(StateError) {
    try core.load(state, expecting: "damping", "a finite number, 0 or more") { $0 >= 0 && $0.isFinite }
  }

  /// One outer step: the gradient of the loss, then `update(with:)`.
  ///
  /// - Parameters:
  ///   - tape: a tape of the parameters' type, which is reset.
  ///   - curvatureLoss: records the loss whose curvature is used, on a smaller batch; nil for the other one.
  ///   - loss: records the loss whose gradient and values are used.
  /// - Returns: what happened. A gradient or loss that is not finite is thrown, and nothing is changed.
  @discardableResult
  public mutating func step(
    on tape: Tape, curvatureLoss: ((Tape) -> RecordedLoss)? = nil, _ loss: @escaping (Tape) -> RecordedLoss
  ) throws(UpdateError) -> HessianFreeReport {
    tape.reset()
    defer { tape.reset() }
    let recorded = loss(tape)
    let before = recorded.loss.item
    guard before.isFinite else { throw .nonFiniteLoss(before) }
    let objective = Objective(on: tape, curvatureLoss: curvatureLoss, loss)
    return try update(with: tape.gradients(of: recorded.loss), objective, loss: before).1
  }

  /// One outer step along a gradient of the `objective`'s loss; its tape is reset before and after.
  ///
  /// Refused as with other optimizers, and where a loss or an estimate of the curvature is not finite.
  @discardableResult
  public mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
    guard let objective else { stop("HessianFree: an update without an objective; set it, or call step") }
    return try update(with: gradients, objective, loss: nil).0
  }

  private mutating func update(
    with gradients: Gradients, _ objective: Objective, loss: Double?
  ) throws(UpdateError) -> (UpdateReport, HessianFreeReport) {
    defer { objective.tape.reset() }
    let trained = try TrainedParameters(core)
    let checked = try CheckedGradients(gradients, of: parameters, clipping, isFrozen: trained.isFrozen)
    let search = HessianFreeSearch(
      self, objective, trained, gradient: trained.flat(parameters.map { checked[$0.parameter] }))
    let solution = try search.solve(startingAt: stepCount > 0 && warmStart != 0 ? core["direction"] : nil)
    let taken = try search.take(solution.candidates, loss: loss)
    let report = HessianFreeReport(
      loss: taken.loss, newLoss: taken.newLoss, gradientNorm: checked.report.gradientNorm,
      reductionRatio: taken.ratio, damping: damping, iterations: solution.iterations,
      chosenIteration: taken.iteration, stepSize: taken.size, lossEvaluations: taken.evaluations)
    if taken.isPredicted { damping = adaptedDamping(damping, ratio: taken.ratio, factor: dampingFactor) }
    core["direction"] = trained.arrays(solution.point)
    core.countStep()
    lastReport = report
    return (checked.report, report)
  }
}
