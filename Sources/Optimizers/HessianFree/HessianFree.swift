public import Autodiff
public import DenseArrays
public import Layers

/// Hessian-free optimization: each step minimises a damped quadratic model with Gauss-Newton products.
///
///     var optimizer = HessianFree(model.parameters)
///     for _ in 0..<100 {
///       let report = try optimizer.step(on: tape, using: &random) { tape in
///         RecordedLoss(model(tape.constant(inputs)), .squaredError(targets: targets), of: model.parameters)
///       }
///       print(report)
///     }
///
/// The quadratic is q(x) = g'x + x'(G + lambda I + lambda mu K) x / 2. It is minimised by preconditioned conjugate gradients,
/// which start at `warmStart` times where they ended the last time; then iterates are gone back as long as the loss falls,
/// lambda follows the reduction ratio, and a line search makes sure that the loss falls.
///
/// Source: Martens, "Deep learning via Hessian-free optimization", 2010; Martens and Sutskever, "Learning recurrent neural
/// networks with Hessian-free optimization", 2011, with structural damping. The ratio is taken with q without lambda I.
public struct HessianFree: SavableState {
  /// The parameters that are updated.
  public let parameters: NamedParameters
  /// lambda.
  public var damping: Double
  /// mu: how much a change of the hidden states weighs in the damping; 0 leaves it out.
  public var structuralDamping: Double = 0
  /// How lambda grows and falls.
  public var dampingFactor: Double = 1.5
  /// How much of the last solution the next one starts from.
  public var warmStart: Double = 0.95
  /// The iterations and when they stop.
  public var conjugateGradients = ConjugateGradients()
  /// What estimates the diagonal D of the preconditioner (D + lambda)^exponent; nil for none.
  public var preconditioner: (any CurvatureEstimator)? = GaussNewtonDiagonal()
  /// The number of samples of the preconditioner's diagonal.
  public var preconditionerSamples: Int = 10
  /// The exponent of the preconditioner.
  public var preconditionerExponent: Double = 0.75
  /// The number of steps so far.
  public private(set) var stepCount: Int = 0
  private var direction: [DenseArray]

  /// Optimization of the given parameters; an initial damping that is negative or not finite stops.
  public init(_ parameters: NamedParameters, damping: Double = 1) {
    checkEpsilon(damping, "damping")
    self.parameters = parameters
    self.damping = damping
    direction = SavedState.zeros(for: parameters)
  }

  public var state: [(name: String, array: DenseArray)] {
    SavedState.arrays(stepCount, of: parameters, [("direction", direction)], [("damping", damping)])
  }

  public mutating func load(_ state: [(name: String, array: DenseArray)]) throws(StateError) {
    let saved = try SavedState.load(state, of: parameters, [("direction", direction)], [("damping", damping)])
    stepCount = saved.stepCount
    damping = saved.scalars[0].value
    direction = saved.arrays
  }

  /// One outer step.
  ///
  /// - Parameters:
  ///   - tape: a tape of the parameters' type, which is reset.
  ///   - random: signs for the preconditioner.
  ///   - curvatureLoss: records the loss whose curvature is used, on a smaller batch; nil for the other one.
  ///   - loss: records the loss whose gradient and values are used.
  /// - Returns: what happened. A gradient or loss that is not finite is thrown, and nothing is changed.
  public mutating func step(
    on tape: Tape, using random: inout RandomSource, curvatureLoss: ((Tape) -> RecordedLoss)? = nil,
    _ loss: (Tape) -> RecordedLoss
  ) throws(UpdateError) -> HessianFreeReport {
    defer { tape.reset() }
    tape.reset()
    let recorded = loss(tape)
    let before = recorded.loss.item
    guard before.isFinite else { throw .nonFiniteLoss(before) }
    let checked = try CheckedGradients(tape.gradients(of: recorded.loss), of: parameters)
    let gradient = parameters.flatMap { checked[$0.parameter].elements }

    tape.reset()
    let curvature = if let curvatureLoss { curvatureLoss(tape) } else { loss(tape) }
    let solution = try solve(gradient, curvature, using: &random)
    tape.reset()

    let values = parameters.map { $0.parameter.value }
    var evaluations = 0
    func value(at change: [Double], times size: Double = 1) -> Double {
      evaluations += 1
      move(values, by: change, times: size)
      tape.reset()
      defer { tape.reset() }
      return tape.withoutGradients { loss(tape).loss.item }
    }

    // Back over the iterates as long as that is better.
    var chosen = solution.iterates.count - 1
    var after = value(at: solution.iterates[chosen].point)
    while chosen > 0 {
      let earlier = value(at: solution.iterates[chosen - 1].point)
      if !(earlier < after) && after.isFinite { break }
      after = earlier
      chosen -= 1
    }
    let iterate = solution.iterates[chosen]
    let predicted = iterate.value - 0.5 * damping * dot(iterate.point, iterate.point)
    let ratio = (after - before) / predicted

    var size = 1.0
    let slope = dot(gradient, iterate.point)
    for _ in 0..<60 {
      if after <= before + 0.01 * size * min(slope, 0) { break }
      size *= 0.8
      after = value(at: iterate.point, times: size)
    }
    if !(after <= before) {
      size = 0
      after = before
    }
    move(values, by: iterate.point, times: size)
    let report = HessianFreeReport(
      loss: before, newLoss: after, gradientNorm: checked.report.gradientNorm, reductionRatio: ratio, damping: damping,
      iterations: solution.iterations, chosenIteration: iterate.iteration, stepSize: size,
      lossEvaluations: evaluations)
    damping = adaptedDamping(damping, ratio: ratio, factor: dampingFactor)
    direction = arrays(solution.point)
    stepCount += 1
    return report
  }

  /// Minimises the quadratic model on an open tape.
  private func solve(
    _ gradient: [Double], _ recorded: RecordedLoss, using random: inout RandomSource
  ) throws(UpdateError) -> ConjugateGradients.Result {
    let (damping, structural) = (damping, damping * structuralDamping)
    var scale: [Double]?
    if let preconditioner {
      let exponent = preconditionerExponent
      let diagonal = preconditioner.estimate(recorded, samples: preconditionerSamples, using: &random)
      for ((name, _), array) in zip(parameters, diagonal) where !array.elements.allSatisfy(\.isFinite) {
        throw .nonFiniteCurvature(parameter: name)
      }
      // Without damping a parameter without curvature would be divided by zero.
      scale = diagonal.flatMap(\.elements).map {
        exponential(base: max(exponential(base: abs($0), preconditioner.exponent) + damping, 1e-12), exponent)
      }
    }
    let matrix = recorded.gaussNewton()
    let start = stepCount > 0 && warmStart != 0 ? direction.flatMap(\.elements).map { $0 * warmStart } : nil
    return conjugateGradients.minimize(gradient: gradient, start: start, preconditioner: scale) { vector in
      let product = matrix.product(arrays(vector), structuralDamping: structural).flatMap(\.elements)
      return zip(product, vector).map { $0 + damping * $1 }
    }
  }

  /// A flat vector as arrays like the parameters.
  private func arrays(_ vector: [Double]) -> [DenseArray] {
    var start = 0
    return parameters.map { _, parameter in
      defer { start += parameter.shape.count }
      return DenseArray(vector[start..<start + parameter.shape.count], shape: parameter.shape)
        .converted(to: parameter.scalarType)
    }
  }

  /// Sets the parameters to values plus a change.
  private func move(_ values: [DenseArray], by change: [Double], times size: Double) {
    for ((element, value), change) in zip(zip(parameters, values), arrays(change)) {
      element.parameter.value = size == 0 ? value : value.combined(with: change) { $0 + size * $1 }
    }
  }
}

/// What a step of Hessian-free optimization did.
public struct HessianFreeReport: Equatable, Sendable {
  /// The loss before the step.
  public let loss: Double
  /// The loss after it, on the same data.
  public let newLoss: Double
  /// The norm of the gradient.
  public let gradientNorm: Double
  /// rho: the real over the predicted reduction, before the line search.
  public let reductionRatio: Double
  /// lambda, as the step was made with.
  public let damping: Double
  /// The iterations of conjugate gradients: as many Gauss-Newton products.
  public let iterations: Int
  /// The iteration whose point was taken.
  public let chosenIteration: Int
  /// What the line search took of it; 0 when the parameters stay as they are.
  public let stepSize: Double
  /// How often the loss was computed after the first time.
  public let lossEvaluations: Int
}
