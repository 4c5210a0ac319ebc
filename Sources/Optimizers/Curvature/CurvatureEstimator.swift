internal import Autodiff
public import DenseArrays
internal import Layers

/// A way to estimate the diagonal of a curvature matrix without ever forming the matrix.
public protocol CurvatureEstimator: Sendable {
  /// One sample, in arrays like the parameters, by sweeps that leave the tape open.
  func sample(_ recorded: RecordedLoss, using random: inout RandomSource) -> [DenseArray]

  /// What the mean of samples is raised to, to be a diagonal: 1, or 1/2 where samples are squares of it.
  var exponent: Double { get }
}

/// An estimator from random signs.
///
/// A sample is an unbiased estimate of the diagonal when every sign is +1 or -1 with equal chances, independently: its mean
/// over all 2^n sign vectors *is* the diagonal. (Of the squared row norms, for equilibration.)
public protocol SignCurvatureEstimator: CurvatureEstimator {
  /// The shapes of the signs that a sample takes.
  func signShapes(for recorded: RecordedLoss) -> [Shape]

  /// The sample that given signs make.
  func sample(_ recorded: RecordedLoss, signs: [DenseArray]) -> [DenseArray]
}

extension SignCurvatureEstimator {
  public func sample(_ recorded: RecordedLoss, using random: inout RandomSource) -> [DenseArray] {
    let signs = signShapes(for: recorded).map { Signs.random($0, recorded.tape.scalarType, using: &random) }
    return sample(recorded, signs: signs)
  }
}

extension CurvatureEstimator {
  public var exponent: Double { 1 }

  /// The mean of some samples; fewer than one stops.
  public func estimate(
    _ recorded: RecordedLoss, samples: Int = 1, using random: inout RandomSource
  ) -> [DenseArray] {
    guard samples > 0 else { stop("CurvatureEstimator: \(samples) samples; expected at least 1") }
    var sum = sample(recorded, using: &random)
    for _ in 0..<samples - 1 {
      sum = zip(sum, sample(recorded, using: &random)).map { $0.combined(with: $1) { $0 + $1 } }
    }
    return samples == 1 ? sum : sum.map { $0.mapped { $0 / Double(samples) } }
  }
}

/// Random signs.
enum Signs {
  static func random(_ shape: Shape, _ scalarType: ScalarType, using random: inout RandomSource) -> DenseArray {
    DenseArray.bernoulli(shape, probability: 0.5, scalarType, using: &random).mapped { 2 * $0 - 1 }
  }
}

/// The diagonal of the Gauss-Newton matrix: (J' S z)^2 with a sign z for each output at each time step.
///
/// Signs are independent over time steps and sequences, so that what the contributions of the steps to one shared weight
/// have in common is kept. Cost: one reverse sweep. Source: Chapelle and Erhan, "Improved preconditioner for Hessian free
/// optimization", 2011, section 3.
public struct GaussNewtonDiagonal: SignCurvatureEstimator {
  public init() {}

  public func signShapes(for recorded: RecordedLoss) -> [Shape] { [recorded.outputs.shape] }

  public func sample(_ recorded: RecordedLoss, signs: [DenseArray]) -> [DenseArray] {
    let seed = recorded.outputLoss.factorProduct(at: recorded.outputs.value, signs[0])
    return recorded.transposedJacobianProduct(seed).map { $0.mapped { $0 * $0 } }
  }
}

/// The diagonal of the Hessian: z * Hz with a sign z for each parameter element.
///
/// Cost: the recorded gradient and one forward sweep over both. Source: Hutchinson 1990; Bekas, Kokiopoulou and Saad, "An
/// estimator for the diagonal of a matrix", 2007, with one vector.
public struct HutchinsonDiagonal: SignCurvatureEstimator {
  public init() {}

  public func signShapes(for recorded: RecordedLoss) -> [Shape] { recorded.variables.map(\.shape) }

  public func sample(_ recorded: RecordedLoss, signs: [DenseArray]) -> [DenseArray] {
    zip(recorded.hessian().product(signs), signs).map { $0.combined(with: $1) { $0 * $1 } }
  }
}

/// Equilibration: (Hv)^2, whose mean is the squared norm of each row of the Hessian; its root scales rows to one norm.
///
/// Source: Dauphin, de Vries and Bengio, "Equilibrated adaptive learning rates", 2015, equation 11, with signs in place of
/// normal numbers, which have the same second moments.
public struct Equilibration: SignCurvatureEstimator {
  public init() {}

  public var exponent: Double { 0.5 }

  public func signShapes(for recorded: RecordedLoss) -> [Shape] { recorded.variables.map(\.shape) }

  public func sample(_ recorded: RecordedLoss, signs: [DenseArray]) -> [DenseArray] {
    recorded.hessian().product(signs).map { $0.mapped { $0 * $0 } }
  }
}

/// The diagonal of the empirical Fisher matrix, the mean over examples of the squared gradient of each one's loss.
///
/// The loss is taken as the mean of as many examples as the batch has: B times the square of the gradient with a sign for
/// each example. Cost: two reverse sweeps, one of them through the loss alone.
public struct EmpiricalFisherDiagonal: SignCurvatureEstimator {
  public init() {}

  public func signShapes(for recorded: RecordedLoss) -> [Shape] {
    let shape = recorded.outputs.shape
    return [[shape.rank > 0 ? shape[recorded.batchAxis] : 1]]
  }

  public func sample(_ recorded: RecordedLoss, signs: [DenseArray]) -> [DenseArray] {
    let shape = recorded.outputs.shape
    let batch = signs[0].count
    let inner = shape.count(of: min(recorded.batchAxis + 1, shape.rank)..<shape.rank)
    let gradient = recorded.tape.gradients(of: [recorded.loss], withRespectTo: [recorded.outputs])[0]
    let (values, numbers) = (gradient.elements, signs[0].elements)
    let signed = values.indices.map { values[$0] * numbers[$0 / inner % batch] }
    let seed = DenseArray(signed, shape: shape).converted(to: gradient.scalarType)
    return recorded.transposedJacobianProduct(seed).map { $0.mapped { Double(batch) * $0 * $0 } }
  }
}

/// The diagonal of the Gauss-Newton matrix from targets that the net itself predicts: n g^2 for n examples.
///
/// Unbiased over the net's own targets where all examples weigh alike. Cost: the loss and one reverse sweep. Source: Liu et
/// al., "Sophia", 2024, algorithm 2 (Gauss-Newton-Bartlett).
public struct SampledTargetDiagonal: CurvatureEstimator {
  public init() {}

  public func sample(_ recorded: RecordedLoss, using random: inout RandomSource) -> [DenseArray] {
    sample(recorded, targets: recorded.outputLoss.sampled(at: recorded.outputs.value, using: &random))
  }

  /// The sample that given targets make.
  public func sample(_ recorded: RecordedLoss, targets: OutputLoss) -> [DenseArray] {
    let count = recorded.outputLoss.exampleCount(recorded.outputs.shape)
    let loss = targets(recorded.outputs)
    return recorded.tape.gradients(of: [loss], withRespectTo: recorded.variables).map {
      $0.mapped { count * $0 * $0 }
    }
  }
}
