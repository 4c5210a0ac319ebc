public import DenseArrays

/// What came out of training one cell on one task from one seed.
public struct RunResult: Sendable {
  /// How a run ended.
  public enum Status: String, Sendable {
    /// All steps were made.
    case finished
    /// The time budget was used up before all steps were made; the value is that of the model as it was then.
    case cut
    /// A loss or the final value was not finite.
    case diverged
  }

  /// Something measured beside the metric.
  public struct Detail: Hashable, Sendable {
    /// The name, lower-case with hyphens.
    public let name: String
    /// The value, or nil when there is none.
    public let value: Double?
    /// How it is written in tables.
    public let format: Metric.Format

    public init(_ name: String, _ value: Double?, format: Metric.Format) {
      self.name = name
      self.value = value
      self.format = format
    }
  }

  /// What the run was to be.
  public let setting: RunSetting
  /// What of the cell's definition varies between descriptions of it.
  public let variant: String
  /// The number of trained numbers, read-out and embedding included.
  public let parameterCount: Int
  /// What `value` is.
  public let metric: Metric
  /// The metric on test data after the last step, or for a trial on held-out data; nil when the run diverged.
  public let value: Double?
  /// How the run ended.
  public let status: Status
  /// The training steps made.
  public let steps: Int
  /// The seconds that they took, without tests.
  public let seconds: Double
  /// The threads that the run computed on.
  public let threads: Int
  /// The type of parameters and activations.
  public let scalarType: ScalarType
  /// What was measured beside the metric.
  public let details: [Detail]
  /// How the training went, at about `LearningCurve.points` evenly spaced steps and at the last one.
  public let curve: [LearningCurve.Point]
  /// What was seen inside the model, if it was looked into.
  public internal(set) var observation: RunObservation?

  /// The task's name.
  public var task: String { setting.task }
  /// The cell's name.
  public var cell: String { setting.cell }
  /// The cell's hidden size.
  public var hiddenSize: Int { setting.hiddenSize }
  /// The seed of parameters and data.
  public var seed: Int { setting.seed }

  /// Training steps a second.
  public var stepsPerSecond: Double { seconds > 0 ? Double(steps) / seconds : 0 }
}

/// What a run is to be: runs of equal settings have equal results, but for a time budget.
public struct RunSetting: Hashable, Sendable {
  /// The task's name.
  public let task: String
  /// What of the task was chosen.
  public let taskSettings: String
  /// The cell's name.
  public let cell: String
  /// The cell's hidden size.
  public let hiddenSize: Int
  /// The seed of parameters and data.
  public let seed: Int
  /// The training steps that are planned.
  public let trainingSteps: Int
  /// The first learning rate.
  public let learningRate: Double
  /// The seconds after which training is cut, if there is a budget.
  public let timeBudget: Double?
  /// Whether it is a trial of the search for a learning rate, measured on held-out data.
  public let isTrial: Bool

  public init(
    task: String, taskSettings: String = "", cell: String, hiddenSize: Int, seed: Int, trainingSteps: Int,
    learningRate: Double, timeBudget: Double? = nil, isTrial: Bool = false
  ) {
    self.task = task
    self.taskSettings = taskSettings
    self.cell = cell
    self.hiddenSize = hiddenSize
    self.seed = seed
    self.trainingSteps = trainingSteps
    self.learningRate = learningRate
    self.timeBudget = timeBudget
    self.isTrial = isTrial
  }
}
