internal import DenseArrays

/// One training run of a comparison, before it starts.
struct RunPlan: Sendable {
  let task: any ComparisonTask
  let cell: CellDescription
  let seed: Int
  let hiddenSize: Int
  let trainingSteps: Int
  /// The threads for the kernels.
  let threads: Int
  /// The seconds after which training is cut, if there is a budget.
  let timeBudget: Double?
  /// Whether the model is looked into before and after its training.
  var isObserved = false

  /// What progress reports call the run.
  var label: String { "\(task.name) \(cell.name) seed \(seed)" }
}

extension RunPlan {
  /// Trains and tests a new model; nil when cancelled before the end.
  ///
  /// - Parameter onStep: Told after each step how many were made and how many seconds they took.
  func run(cancellation: Cancellation, onStep: (_ steps: Int, _ seconds: Double) -> Void) -> RunResult? {
    let session = task.makeSession(
      SessionConfiguration(
        cell: cell, hiddenSize: hiddenSize, seed: seed, trainingSteps: trainingSteps, threads: threads))
    let observer = isObserved ? RunObserver(of: session, threads: threads) : nil
    let clock = ContinuousClock()
    let start = clock.now
    var status = RunResult.Status.finished
    var steps = 0
    var seconds = 0.0
    while steps < trainingSteps {
      if cancellation.isCancelled { return nil }
      if let timeBudget, seconds >= timeBudget {
        status = .cut
        break
      }
      let loss = session.train(step: steps)
      steps += 1
      seconds = (clock.now - start) / .seconds(1)
      guard loss.isFinite else {
        status = .diverged
        break
      }
      onStep(steps, seconds)
    }
    let evaluation = status == .diverged ? nil : session.evaluate { cancellation.isCancelled }
    if cancellation.isCancelled { return nil }
    let isFinite = evaluation?.value.isFinite ?? false
    return RunResult(
      task: task.name, cell: cell.name, variant: cell.variant, parameterCount: session.parameterCount,
      hiddenSize: hiddenSize, seed: seed, metric: task.metric, value: isFinite ? evaluation?.value : nil,
      status: isFinite ? status : .diverged, steps: steps, seconds: seconds, threads: threads, scalarType: .float32,
      details: isFinite ? evaluation?.details ?? [] : [],
      observation: isFinite ? observer?.observation() : nil)
  }
}
