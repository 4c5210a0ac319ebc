public import Autodiff
public import DenseArrays
public import Layers

/// Newton's step with a damped diagonal that is estimated by sweeps: no Hessian is ever formed.
///
///     d = smoothing * d + (1 - smoothing) * D                      at each observation
///     v = momentum * v - g / (d / (1 - smoothing^n) + lambda)      at each update
///     p = p + learningRate * v
///
/// A diagonal knows nothing of how weights act together: nets need learning rates of 0.01 to 0.1.
///
/// D is the Gauss-Newton diagonal by random signs (Chapelle and Erhan 2011) unless another estimator is given; the magnitude
/// of a diagonal that may be negative is taken. lambda follows the ratio of the real to the predicted reduction, when
/// `adaptDamping` is told what a step has changed (Levenberg and Marquardt; Martens 2010, section 4.1).
public struct DiagonalHessianFree: CurvatureOptimizer {
  public var core: OptimizerCore
  public let estimator: any CurvatureEstimator
  /// The share of the diagonal that is kept from observation to observation.
  public let smoothing: Double
  /// The share of the last step that is kept.
  public let momentum: Double
  /// What the loss changes by in the last step, after the quadratic model g'delta + delta'D delta / 2.
  public private(set) var predictedChange: Double = 0

  /// Descent on the given parameters; shares outside of 0 ..< 1 and a damping that is not positive stop.
  public init(
    _ parameters: NamedParameters, learningRate: Double = 1, damping: Double = 1, smoothing: Double = 0.9,
    momentum: Double = 0, estimator: any CurvatureEstimator = GaussNewtonDiagonal(), weightDecay: WeightDecay = .none
  ) {
    checkShare(smoothing, "smoothing")
    checkShare(momentum, "momentum")
    Self.check(damping: damping)
    self.estimator = estimator
    self.smoothing = smoothing
    self.momentum = momentum
    core = OptimizerCore(
      parameters, learningRate: learningRate, state: ["velocity", "curvature"],
      scalars: [(OptimizerCore.observationCount, 0), ("damping", damping)])
    core.weightDecay = weightDecay
  }

  /// lambda; one that is not a finite number above 0 stops.
  public var damping: Double {
    get { core.scalars[1].value }
    set {
      Self.check(damping: newValue)
      core.scalars[1].value = newValue
    }
  }

  private static func check(damping: Double) {
    guard damping > 0, damping.isFinite else {
      stop("DiagonalHessianFree: damping \(damping); expected a finite number above 0")
    }
  }

  public mutating func load(_ state: [(name: String, array: DenseArray)]) throws(StateError) {
    try core.load(state, expecting: "damping", "a finite number above 0") { $0 > 0 && $0.isFinite }
    predictedChange = 0
  }

  public mutating func observe(_ recorded: RecordedLoss, using random: inout RandomSource) throws(UpdateError) {
    try core.observe(recorded, by: estimator, using: &random, into: "curvature", share: smoothing)
  }

  /// The smoothed diagonal, in the order of the parameters.
  public var diagonal: [DenseArray] {
    let scale = core.observations == 0 ? 1 : 1 / (1 - integerPower(smoothing, core.observations))
    let exponent = estimator.exponent
    return core["curvature"].map { array in
      array.mapped { exponent == 1 ? abs($0 * scale) : exponential(base: abs($0 * scale), exponent) }
    }
  }

  @discardableResult
  public mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
    core.checkObserved("DiagonalHessianFree")
    let isTrained = try core.stepSettings().map { $0 != nil }
    let before = parameters.map { $0.parameter.value.elements }
    let scale = 1 / (1 - integerPower(smoothing, core.observations))
    let (momentum, damping, usesRoot) = (momentum, damping, estimator.exponent != 1)
    let report = try core.update(with: gradients) { p, v, d, g, rate in
      let curvature = abs(d * scale)
      let v = momentum * v - g / ((usesRoot ? sqrt(curvature) : curvature) + damping)
      return (p + rate * v, v, d)
    }
    predictedChange = 0
    for (index, d) in diagonal.enumerated() where isTrained[index] {
      let parameter = parameters[index].parameter
      // Of the loss itself: the gradient as it was before clipping.
      let (new, gradient, d) = (parameter.value.elements, gradients[parameter].elements, d.elements)
      for (position, old) in before[index].enumerated() {
        let change = new[position] - old
        predictedChange += change * (gradient[position] + 0.5 * d[position] * change)
      }
    }
    return report
  }

  /// Adapts lambda to the loss of one batch before and after the last step, and returns the reduction ratio.
  ///
  /// rho = (after - before) / predicted; lambda becomes 1.5 times as much when rho < 1/4, or not a number, and 1.5 times
  /// less when rho > 3/4, within 1e-10 ... 1e10. Where the model itself sees no reduction, since momentum went uphill, rho
  /// says nothing and lambda stays, unless the loss is not finite.
  @discardableResult
  public mutating func adaptDamping(lossBefore: Double, lossAfter: Double) -> Double {
    let ratio = (lossAfter - lossBefore) / predictedChange
    guard predictedChange < 0 || !lossAfter.isFinite else { return ratio }
    let adapted = adaptedDamping(damping, ratio: lossAfter.isFinite ? ratio : .nan, factor: 1.5)
    damping = min(max(adapted, 1e-10), 1e10)
    return ratio
  }
}

/// The damping after a step with a given reduction ratio (Martens 2010, section 4.1).
func adaptedDamping(_ damping: Double, ratio: Double, factor: Double) -> Double {
  if ratio > 0.75 { return damping / factor }
  return ratio >= 0.25 ? damping : damping * factor
}
