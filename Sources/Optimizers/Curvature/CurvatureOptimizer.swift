internal import Autodiff
public import DenseArrays
internal import Layers

/// An optimizer that divides the gradient by a curvature, which it is shown now and then.
///
///     if step % 10 == 0 { try optimizer.observe(recorded, using: &random) }
///     try optimizer.update(with: tape.gradients(of: recorded.loss))
///
/// An update before the first observation stops.
public protocol CurvatureOptimizer: CoreOptimizer {
  /// How the curvature is estimated.
  var estimator: any CurvatureEstimator { get }

  /// Takes in one estimate of the curvature, by sweeps that leave the tape open.
  ///
  /// An estimate that is not finite is thrown and not taken in. Curvatures of frozen parameters are averaged too, so that
  /// they are known when a parameter is set free. A recorded loss of other parameters than the optimizer's stops.
  mutating func observe(_ recorded: RecordedLoss, using random: inout RandomSource) throws(UpdateError)
}

extension OptimizerCore {
  /// The name of the number of observations.
  static let observationCount = "observationCount"

  /// The number of observations so far.
  var observations: Int { Int(scalars.first { $0.name == Self.observationCount }?.value ?? 0) }

  /// Blends an estimator's sample into an average: average = share average + (1 - share) transform(sample).
  mutating func observe(
    _ recorded: RecordedLoss, by estimator: any CurvatureEstimator, using random: inout RandomSource,
    into kind: String, share: Double, _ transform: (Double) -> Double = { $0 }
  ) throws(UpdateError) {
    recorded.check(isOf: parameters, "CurvatureOptimizer.observe")
    let sample = estimator.sample(recorded, using: &random)
    let (shapes, expected) = (sample.map(\.shape), parameters.map(\.parameter.shape))
    guard shapes == expected else {
      stop("CurvatureOptimizer.observe: a sample of shapes \(shapes) for parameters of shapes \(expected)")
    }
    for ((name, _), array) in zip(parameters, sample) where !array.elements.allSatisfy(\.isFinite) {
      throw .nonFiniteCurvature(parameter: name)
    }
    self[kind] = zip(self[kind], sample).map { average, new in
      average.combined(with: new) { share * $0 + (1 - share) * transform($1) }
    }
    for index in scalars.indices where scalars[index].name == Self.observationCount { scalars[index].value += 1 }
  }

  /// Stops when no curvature was observed.
  func checkObserved(_ name: String) {
    if observations == 0 { stop("\(name): no curvature was observed before the update; call observe first") }
  }
}
