internal import DenseArrays

/// One training run of a comparison, before it starts.
struct RunPlan: Sendable {
  let task: any ComparisonTask
  let cell: CellDescription
  let hiddenSize: Int
  let seed: Int
  let trainingSteps: Int
  /// The first learning rate, or nil for the task's own.
  let learningRate: Double?
  /// The threads for the kernels.
  let threads: Int
  /// The seconds after which training is cut, if there is a budget.
  let timeBudget: Double?
  /// Whether it is a trial of a learning rate, measured on held-out data.
  let isTrial: Bool
  /// Whether the model is looked into before and after its training.
  var isObserved = false

  /// What progress reports call the run.
  var label: String {
    let rate = learningRate.map { " rate \(Decimals.trimmed($0))" } ?? ""
    return "\(task.name) \(cell.name)" + (isTrial ? rate : " seed \(seed)")
  }

  /// What results are known by.
  var setting: RunSetting {
    RunSetting(
      task: task.name, taskSettings: task.settings, cell: cell.name, hiddenSize: hiddenSize, seed: seed,
      trainingSteps: trainingSteps, learningRate: learningRate ?? task.defaultLearningRate, timeBudget: timeBudget,
      isTrial: isTrial)
  }
}

extension RunPlan {
  /// Trains and tests a new model; nil when cancelled before the end.
  ///
  /// - Parameter onStep: Told after each step how many were made and how many seconds they took.
  func run(cancellation: Cancellation, onStep: (_ steps: Int, _ seconds: Double) -> Void) -> RunResult? {
    let session = task.makeSession(
      SessionConfiguration(
        cell: cell, hiddenSize: hiddenSize, seed: seed, trainingSteps: trainingSteps, learningRate: learningRate,
        threads: threads))
    let observer = isObserved ? RunObserver(of: session, threads: threads) : nil
    let clock = ContinuousClock()
    var curve = LearningCurve(trainingSteps: trainingSteps)
    var status = RunResult.Status.finished
    var steps = 0
    var seconds = 0.0
    while steps < trainingSteps {
      if cancellation.isCancelled { return nil }
      if let timeBudget, seconds >= timeBudget {
        status = .cut
        break
      }
      let start = clock.now
      let loss = session.train(step: steps)
      steps += 1
      seconds += (clock.now - start) / .seconds(1)
      curve.note(step: steps, loss: loss, heldOut: session.heldOut)
      guard loss.isFinite else {
        status = .diverged
        break
      }
      onStep(steps, seconds)
    }
    curve.end(step: steps, heldOut: session.heldOut)
    var evaluation: Evaluation?
    if status != .diverged {
      evaluation =
        isTrial
        ? curve.points.last?.heldOut.map { Evaluation(value: $0) } : session.evaluate { cancellation.isCancelled }
    }
    if cancellation.isCancelled { return nil }
    let isFinite = evaluation?.value.isFinite ?? false
    return RunResult(
      setting: setting, variant: cell.variant, parameterCount: session.parameterCount, metric: task.metric,
      value: isFinite ? evaluation?.value : nil, status: isFinite ? status : .diverged, steps: steps, seconds: seconds,
      threads: threads, scalarType: .float32, details: isFinite ? evaluation?.details ?? [] : [], curve: curve.points,
      observation: isFinite ? observer?.observation() : nil)
  }
}
