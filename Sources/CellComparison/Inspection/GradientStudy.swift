internal import DenseArrays

/// How gradients fare through a cell before and after its training on a task.
///
///     let result = GradientStudy(cell: CellCatalog.lstm, task: SequenceTask.adding(length: 100)).run()
///     print(result.text)
public struct GradientStudy: Sendable {
  /// The cell.
  public var cell: CellDescription
  /// What it is trained on.
  public var task: any ComparisonTask
  /// The hidden size, or nil for the task's own.
  public var hiddenSize: Int?
  /// The seed of parameters and data.
  public var seed: Int
  /// The training steps, or nil for the task's own; with 0 the cell is looked at once.
  public var trainingSteps: Int?
  /// The test's sequences that it is looked at with.
  public var sequences: Int
  /// The threads to compute on.
  public var threads: Int

  /// A study; negative training steps, and other counts below 1, stop.
  public init(
    cell: CellDescription, task: any ComparisonTask = SequenceTask.adding(length: 100), hiddenSize: Int? = nil,
    seed: Int = 1,
    trainingSteps: Int? = nil, sequences: Int = 16, threads: Int = 1
  ) {
    guard min(hiddenSize ?? 1, sequences, threads) >= 1, trainingSteps ?? 0 >= 0 else {
      stop(
        "GradientStudy: \(hiddenSize ?? 1) hidden units, \(trainingSteps ?? 0) training steps, \(sequences) sequences, "
          + "\(threads) threads; expected at least 1, and no negative number of steps")
    }
    self.cell = cell
    self.task = task
    self.hiddenSize = hiddenSize
    self.seed = seed
    self.trainingSteps = trainingSteps
    self.sequences = sequences
    self.threads = threads
  }

  /// Looks, trains, and looks again; a task whose models cannot be looked into stops.
  ///
  /// - Returns: What was found, or nil when cancelled.
  public func run(cancellation: Cancellation = Cancellation()) -> GradientStudyResult? {
    let steps = trainingSteps ?? task.defaultTrainingSteps
    let session = task.makeSession(
      SessionConfiguration(
        cell: cell, hiddenSize: hiddenSize ?? task.defaultHiddenSize, seed: seed, trainingSteps: steps,
        threads: threads))
    guard let observable = session as? any ObservableSession else {
      stop("GradientStudy: the models of the task \(task.name) cannot be looked into")
    }
    func look() -> GradientFlow { GradientFlow(of: observable.specimen(sequences: sequences), threads: threads) }
    var phases = [GradientStudyResult.Phase(name: "initial", trainingSteps: 0, flow: look())]
    var isFinite = true
    for step in 0..<steps where isFinite {
      if cancellation.isCancelled { return nil }
      isFinite = session.train(step: step).isFinite
    }
    var value: Double?
    if steps > 0, isFinite {
      phases.append(.init(name: "trained", trainingSteps: steps, flow: look()))
      value = session.evaluate { cancellation.isCancelled }.value
    }
    if cancellation.isCancelled { return nil }
    return GradientStudyResult(
      study: self, hiddenSize: hiddenSize ?? task.defaultHiddenSize, phases: phases, value: value,
      hasDiverged: !isFinite)
  }
}
