/// How long the runs of a comparison will still take, judged by those that have started.
struct RemainingTime {
  private struct Run {
    let kind: String
    let task: String
    let plannedSteps: Int
    let timeBudget: Double?
    var steps = 0
    var seconds = 0.0
    var isFinished = false
  }

  private var runs: [Run]
  /// How many runs go side by side.
  private let workers: Int

  init(_ plans: [RunPlan], workers: Int) {
    runs = plans.map { plan in
      Run(
        kind: "\(plan.task.name) \(plan.cell.name)", task: plan.task.name, plannedSteps: plan.trainingSteps,
        timeBudget: plan.timeBudget)
    }
    self.workers = workers
  }

  /// Notes how far a run is.
  mutating func update(run: Int, steps: Int, seconds: Double) {
    runs[run].steps = steps
    runs[run].seconds = seconds
  }

  /// Notes that a run has ended.
  mutating func finish(run: Int) { runs[run].isFinished = true }

  /// The number of runs that have ended.
  var finishedCount: Int { runs.count(where: \.isFinished) }

  /// The seconds still to go, or nil before the first step.
  ///
  /// A step of a run is taken to cost what steps of the same task and cell cost so far, or else of the same task, or else
  /// a run what a run costs.
  var estimate: Double? {
    let started = runs.filter { $0.steps > 0 }
    guard !started.isEmpty else { return nil }
    let stepCosts = costs(of: started, by: \.kind)
    let taskCosts = costs(of: started, by: \.task)
    let knownRuns = started.map { expected($0, stepCosts[$0.kind] ?? 0) }
    let meanRun = knownRuns.reduce(0, +) / Double(knownRuns.count)
    var remaining = 0.0
    for run in runs where !run.isFinished {
      let total = (stepCosts[run.kind] ?? taskCosts[run.task]).map { expected(run, $0) } ?? meanRun
      remaining += max(0, total - run.seconds)
    }
    let unfinished = runs.count - finishedCount
    return remaining / Double(max(1, min(workers, unfinished)))
  }

  /// Seconds a step.
  private func costs(of runs: [Run], by key: KeyPath<Run, String>) -> [String: Double] {
    var sums: [String: (seconds: Double, steps: Int)] = [:]
    for run in runs {
      let sum = sums[run[keyPath: key], default: (0, 0)]
      sums[run[keyPath: key]] = (sum.seconds + run.seconds, sum.steps + run.steps)
    }
    return sums.mapValues { $0.seconds / Double($0.steps) }
  }

  /// The seconds that a run takes in all.
  private func expected(_ run: Run, _ stepCost: Double) -> Double {
    let planned = Double(run.plannedSteps) * stepCost
    return run.timeBudget.map { min($0, planned) } ?? planned
  }
}
