internal import DenseArrays

/// A task made of problems: one to train on, and one or more to be tested on.
///
///     let task = SequenceTask.adding(length: 100)
///     let harder = SequenceTask.parity(trainingLengths: 1...20, testLengths: [50, 500])
///
/// Training takes Adam with the gradient's global norm clipped at 1 and a learning rate that falls along half a cosine.
public struct SequenceTask: ComparisonTask {
  /// What is measured.
  public enum Measure: Sendable {
    /// The mean loss of an answer: the squared error of numbers, the nats of bits and classes.
    case loss
    /// The square root of the mean squared error.
    case rootMeanSquaredError
    /// The share of answers that are right.
    case answersRight
    /// The share of sequences all of whose answers are right.
    case sequencesRight
  }

  /// A problem to be tested on.
  public struct Test: Sendable {
    /// What tells it from the other tests: "100" for sequences of length 100.
    public let label: String
    /// The problem.
    public let problem: any SequenceProblem

    public init(_ label: String, _ problem: any SequenceProblem) {
      self.label = label
      self.problem = problem
    }
  }

  public let name: String
  public let summary: String
  public let settings: String
  public let metric: Metric
  /// What the metric is.
  public let measure: Measure
  /// What is trained on.
  public let training: any SequenceProblem
  /// What learning curves and the choice of learning rates measure.
  public let heldOut: any SequenceProblem
  /// What is tested on: the metric is that of the first, those of the others are details.
  public let tests: [Test]
  /// The sequences of a training step.
  public let batchSize: Int
  public let defaultHiddenSize: Int
  public let defaultTrainingSteps: Int
  public let defaultLearningRate: Double
  public var sharesProductsAmongThreads: Bool { false }

  /// A task; problems whose inputs or answers have different sizes, and no tests, stop.
  ///
  /// - Parameters:
  ///   - name: Lower-case words with hyphens between them.
  ///   - summary: What it is, in one line.
  ///   - settings: What of it was chosen, such as lengths; results of other settings are other results.
  ///   - metric: The metric's name, how it is written, and what it can be held against.
  ///   - measure: What the metric is.
  ///   - training: What is trained on.
  ///   - heldOut: What learning curves measure; the first test's problem, with other sequences, when nil.
  ///   - tests: What is tested on.
  ///   - batchSize: The sequences of a training step.
  ///   - hiddenSize: The hidden size when none is asked for.
  ///   - trainingSteps: The training steps when none are asked for.
  ///   - learningRate: The first learning rate when none is asked for.
  public init(
    name: String, summary: String, settings: String = "", metric: Metric, measure: Measure,
    training: any SequenceProblem, heldOut: (any SequenceProblem)? = nil, tests: [Test], batchSize: Int = 32,
    hiddenSize: Int = 32, trainingSteps: Int = 2000, learningRate: Double = 0.01
  ) {
    guard let first = tests.first else { stop("SequenceTask \(name): no tests") }
    let held = heldOut ?? first.problem
    for problem in tests.map(\.problem) + [held]
    where problem.inputSize != training.inputSize || problem.outputSize != training.outputSize {
      stop(
        "SequenceTask \(name): training from \(training.inputSize) to \(training.outputSize) features and a test from "
          + "\(problem.inputSize) to \(problem.outputSize)")
    }
    self.name = name
    self.summary = summary
    self.settings = settings
    self.metric = metric
    self.measure = measure
    self.training = training
    self.heldOut = held
    self.tests = tests
    self.batchSize = batchSize
    defaultHiddenSize = hiddenSize
    defaultTrainingSteps = trainingSteps
    defaultLearningRate = learningRate
  }

  public func makeSession(_ configuration: SessionConfiguration) -> any TrainingSession {
    SequenceSession(self, configuration)
  }

  /// The metric's value for a score.
  func value(of score: SequenceScore) -> Double {
    switch measure {
    case .loss: score.loss
    case .rootMeanSquaredError: score.loss.squareRoot()
    case .answersRight: Double(score.answersRight) / Double(score.answers)
    case .sequencesRight: Double(score.sequencesRight) / Double(score.sequences)
    }
  }
}
