internal import DenseArrays

/// Something that cells are trained for and measured on.
public protocol ComparisonTask: Sendable {
  /// The name: lower-case words with hyphens between them.
  var name: String { get }
  /// What it is, in one line.
  var summary: String { get }
  /// What of the task was chosen, such as lengths or a file; results of other settings are other results.
  var settings: String { get }
  /// What is measured at the end.
  var metric: Metric { get }
  /// The hidden size of cells when none is asked for.
  var defaultHiddenSize: Int { get }
  /// The number of training steps when none is asked for.
  var defaultTrainingSteps: Int { get }
  /// The first learning rate when none is asked for.
  var defaultLearningRate: Double { get }
  /// Whether a run's products are large enough to share among threads.
  ///
  /// Runs of a task that says no are made several at a time, each on one thread; the numbers are the same either way.
  var sharesProductsAmongThreads: Bool { get }

  /// A new model for the task, with its data, at the beginning of its training.
  func makeSession(_ configuration: SessionConfiguration) -> any TrainingSession
}

extension ComparisonTask {
  /// Nothing was chosen.
  public var settings: String { "" }
}

/// What a training run is made of.
public struct SessionConfiguration: Sendable {
  /// The cell.
  public let cell: CellDescription
  /// The cell's hidden size.
  public let hiddenSize: Int
  /// The seed of parameters and data.
  public let seed: Int
  /// The number of steps that the training is planned for; learning rates may follow a plan over them.
  public let trainingSteps: Int
  /// The first learning rate, or nil for the task's own.
  public let learningRate: Double?
  /// The threads for the kernels.
  public let threads: Int

  public init(
    cell: CellDescription, hiddenSize: Int, seed: Int, trainingSteps: Int, learningRate: Double? = nil, threads: Int
  ) {
    self.cell = cell
    self.hiddenSize = hiddenSize
    self.seed = seed
    self.trainingSteps = trainingSteps
    self.learningRate = learningRate
    self.threads = threads
  }

  /// Random numbers for one purpose; the same for all cells, so that all see the same data.
  func random(for purpose: Purpose) -> RandomSource {
    RandomSource(seed: UInt64(bitPattern: Int64(seed))).fork(purpose.rawValue)
  }

  /// What random numbers are for.
  enum Purpose: UInt64 {
    case parameters, embedding, trainingData, testData, heldOutData
  }
}

/// A model in training.
public protocol TrainingSession: AnyObject {
  /// The number of trained numbers.
  var parameterCount: Int { get }

  /// Makes one training step and returns the loss before it.
  ///
  /// - Parameter step: The step's number, from 0.
  func train(step: Int) -> Double

  /// The task's metric on a small sample of data that are neither the training nor the test data, always the same ones.
  func heldOut() -> Double

  /// Measures the model on test data: the task's metric and what else is worth knowing.
  ///
  /// - Parameter isCancelled: Asked now and then; when it says yes, the answer will not be used.
  func evaluate(isCancelled: () -> Bool) -> Evaluation
}

/// What a test gave.
public struct Evaluation: Sendable {
  /// The task's metric.
  public let value: Double
  /// What else was measured.
  public let details: [RunResult.Detail]

  public init(value: Double, details: [RunResult.Detail] = []) {
    self.value = value
    self.details = details
  }
}
