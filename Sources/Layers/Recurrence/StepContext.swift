public import Autodiff
public import DenseArrays

/// What a cell may ask about the time step that it is computing.
public struct StepContext {
  private let scanStep: ScanStep

  /// Whether the sequence is for training, as against evaluation.
  public let isTraining: Bool

  /// The context of one step of a loop of one's own.
  public init(tape: Tape, step: Int, isTraining: Bool = false) {
    self.init(ScanStep(tape: tape, index: step), isTraining: isTraining)
  }

  /// The context of one step of a scan.
  public init(_ step: ScanStep, isTraining: Bool = false) {
    scanStep = step
    self.isTraining = isTraining
  }

  /// The tape that the step is recorded on.
  public var tape: Tape { scanStep.tape }

  /// The step's index, from 0: plain Swift, for choosing what to compute.
  ///
  /// A cell that reads it may compute something else at each step, so that its step is not traced once for all of them;
  /// for arithmetic take `stepIndex`.
  public var step: Int { scanStep.index }

  /// The step's index as a scalar of the tape's type, without a gradient.
  public var stepIndex: Variable { scanStep.position }

  /// Random numbers of the tape's type, others at each step: they depend on the tape's seed, `site` and the step only.
  ///
  /// - Parameters:
  ///   - distribution: what to draw from.
  ///   - shape: the shape of the result.
  ///   - site: a number that tells the places of a model that draw apart.
  public func random(_ distribution: RandomDistribution, shape: Shape, site: Int) -> Variable {
    scanStep.random(distribution, shape: shape, site: site)
  }

  /// Random numbers of the tape's type, the same at each step of a sequence: they depend on the tape's seed and `site`
  /// only.
  ///
  /// - Parameters:
  ///   - distribution: what to draw from.
  ///   - shape: the shape of the result.
  ///   - site: a number that tells the places of a model that draw apart.
  public func sequenceRandom(_ distribution: RandomDistribution, shape: Shape, site: Int) -> Variable {
    scanStep.sequenceRandom(distribution, shape: shape, site: site)
  }
}
