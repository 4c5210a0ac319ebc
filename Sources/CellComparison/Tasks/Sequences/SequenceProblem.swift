public import DenseArrays

/// A source of random sequences with known answers.
///
/// Tasks train and test on problems; a problem of longer sequences than those of the training shows what generalises.
public protocol SequenceProblem: Sendable {
  /// The size of the input at a step.
  var inputSize: Int { get }
  /// The size of an answer: how many numbers or bits, or the number of classes.
  var outputSize: Int { get }

  /// Draws sequences, all with the same number of steps.
  func batch(count: Int, using random: inout RandomSource) -> SequenceBatch

  /// The sequences of a test: random ones, or all that there are.
  func testBatches(using random: inout RandomSource) -> [SequenceBatch]
}

extension SequenceProblem {
  /// Two batches of 256 random sequences.
  public func testBatches(using random: inout RandomSource) -> [SequenceBatch] {
    (0..<2).map { _ in batch(count: 256, using: &random) }
  }
}

/// Sequences of one length and the answers that are due after their last steps, or after all of them.
public struct SequenceBatch: Sendable {
  /// What is to be answered.
  public enum Answers: Sendable {
    /// Numbers, float32 [answers, batch, outputs].
    case numbers(DenseArray)
    /// Bits as 0 and 1, float32 [answers, batch, outputs].
    case bits(DenseArray)
    /// Classes, int32 [answers, batch].
    case classes(DenseArray)
  }

  /// [steps, batch, features].
  public let inputs: DenseArray
  /// The answers after the last steps.
  public let answers: Answers
  /// Where an answer is due, 1, and where none is, 0: float32 [answers, batch]; nil for everywhere.
  public let weights: DenseArray?
  /// The classes that are right at each answer, a bit each, row-major [answers, batch]; nil when the answer alone is.
  ///
  /// An answer is then right when these classes are the likeliest ones.
  public let acceptable: [UInt64]?

  /// A batch; arrays of shapes that do not go together stop.
  public init(inputs: DenseArray, answers: Answers, weights: DenseArray? = nil, acceptable: [UInt64]? = nil) {
    self.inputs = inputs
    self.answers = answers
    self.weights = weights
    self.acceptable = acceptable
    let shape = answers.array.shape
    guard inputs.shape.rank == 3, shape.rank >= 2, shape[1] == inputs.shape[1], (1...inputs.shape[0]).contains(shape[0])
    else { stop("SequenceBatch: inputs of shape \(inputs.shape) and answers of shape \(shape)") }
    let count = shape[0] * shape[1]
    guard weights.map({ $0.shape.count == count }) ?? true, acceptable.map({ $0.count == count }) ?? true else {
      stop(
        "SequenceBatch: \(count) answers, \(weights?.shape.count ?? count) weights, \(acceptable?.count ?? count) sets")
    }
  }

  /// After how many steps at the end an answer is due.
  public var answerSteps: Int { answers.array.shape[0] }
  /// The number of sequences.
  public var count: Int { inputs.shape[1] }
  /// The number of steps.
  public var steps: Int { inputs.shape[0] }
}

extension SequenceBatch.Answers {
  /// The answers.
  var array: DenseArray {
    switch self {
    case .numbers(let array), .bits(let array), .classes(let array): array
    }
  }
}
