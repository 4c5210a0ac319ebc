public import Autodiff
public import DenseArrays

/// What a cell may ask about the time step that it is computing.
public struct StepContext {
  /// The tape that the step is recorded on.
  public let tape: Tape

  /// The step's index, from 0: plain Swift, for choosing what to compute.
  ///
  /// A cell that reads it computes something else at each step, so that its step cannot be traced once for all of them;
  /// for arithmetic take `stepIndex`.
  public let step: Int

  /// Whether the sequence is for training, as against evaluation.
  public let isTraining: Bool

  /// The context of one step.
  public init(tape: Tape, step: Int, isTraining: Bool = false) {
    self.tape = tape
    self.step = step
    self.isTraining = isTraining
  }

  /// The step's index as a scalar of the tape's type, without a gradient.
  public var stepIndex: Variable { tape.constant(Double(step), shape: []) }

  /// Random numbers of the tape's type, others at each step: they depend on the tape's seed, `site` and the step only.
  ///
  /// - Parameters:
  ///   - distribution: what to draw from.
  ///   - shape: the shape of the result.
  ///   - site: a number that tells the places of a model that draw apart.
  public func random(_ distribution: RandomDistribution, shape: Shape, site: Int) -> Variable {
    tape.random(distribution, shape: shape, site: site, step: step)
  }
}
