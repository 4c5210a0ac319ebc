internal import Autodiff
internal import DenseArrays

/// Trains cells on tasks from several seeds and collects what they reach.
///
///     let mine = CellDescription.named("my-cell") { MyCell(inputSize: $0, hiddenSize: $1, using: &$2) }
///     let results = Comparison(cells: [mine] + CellCatalog.standard).run()
///     print(results.text)
///
/// All cells see the same data in the same order from the same seeds. A run depends on nothing but its `RunSetting`: neither
/// on the number of threads nor on what runs beside it, so that results that are there already can stand for runs. Runs
/// whose arrays are too small to be shared among threads are made several at a time, each on one thread.
public struct Comparison: Sendable {
  /// The cells, in the order of the results.
  public var cells: [CellDescription]
  /// The tasks, in the order of the results.
  public var tasks: [any ComparisonTask]
  /// The seeds.
  public var seeds: [Int]
  /// The hidden size of all cells, or nil for each task's own.
  public var hiddenSize: Int?
  /// How many parameters all models have as closely as their hidden sizes allow, or nil for equal hidden sizes.
  public var parameters: Int?
  /// The training steps of a run, or nil for each task's own.
  public var trainingSteps: Int?
  /// The first learning rate of all cells, or nil for each task's own.
  public var learningRate: Double?
  /// How each cell's learning rate on each task is searched for, or nil for no search.
  public var search: LearningRateSearch?
  /// The minutes after which a run's training is cut, or nil for no limit.
  public var minutes: Double?
  /// Whether the model of the first seed of each cell on each task is looked into: `RunResult.observation`.
  public var observesFirstSeed: Bool = false
  /// The threads to compute on, or nil for what the environment asks for.
  public var threads: Int?

  /// A comparison; no cells, tasks or seeds, two cells or tasks of one name, and counts below 1 stop.
  ///
  /// - Parameters:
  ///   - cells: The cells.
  ///   - tasks: The tasks.
  ///   - seeds: How many runs each cell makes on each task.
  ///   - firstSeed: The seed of the first run; the others' follow it.
  ///   - hiddenSize: The hidden size of all cells; each task has its own when nil.
  ///   - trainingSteps: The training steps of a run; each task has its own when nil.
  ///   - minutes: The minutes after which a run's training is cut.
  ///   - threads: The threads to compute on.
  public init(
    cells: [CellDescription] = CellCatalog.standard, tasks: [any ComparisonTask] = TaskCatalog.standard,
    seeds: Int = 3, firstSeed: Int = 1, hiddenSize: Int? = nil, trainingSteps: Int? = nil, minutes: Double? = nil,
    threads: Int? = nil
  ) {
    for (count, what) in [
      (cells.count, "cells"), (tasks.count, "tasks"), (seeds, "seeds"), (hiddenSize ?? 1, "hidden units"),
      (trainingSteps ?? 1, "training steps"), (threads ?? 1, "threads"),
    ] where count < 1 {
      stop("Comparison: expected at least 1 of \(what), found \(count)")
    }
    if let minutes, !(minutes > 0) { stop("Comparison: expected a time budget above 0 minutes, found \(minutes)") }
    for (names, what) in [(cells.map(\.name), "cells"), (tasks.map(\.name), "tasks")] {
      for (index, name) in names.enumerated() where names[..<index].contains(name) {
        stop("Comparison: two \(what) named \"\(name)\"")
      }
    }
    self.cells = cells
    self.tasks = tasks
    self.seeds = (0..<seeds).map { firstSeed + $0 }
    self.hiddenSize = hiddenSize
    self.trainingSteps = trainingSteps
    self.minutes = minutes
    self.threads = threads
  }

  /// A cell on a task, with the sizes that it has there.
  private struct Member {
    let task: any ComparisonTask
    let cell: CellDescription
    let hiddenSize: Int
    var learningRate: Double?
  }

  /// Makes all runs, after the trials of the search for learning rates where there is one.
  ///
  /// - Parameters:
  ///   - known: Results that are there already, which stand for runs of the same setting.
  ///   - progress: Where to report how far it is; nil for silence.
  ///   - cancellation: Ends the comparison early; runs that have ended are kept, the others are dropped.
  ///   - onResult: Called with each new result of a run or trial as it is there, one at a time, from any thread.
  /// - Returns: The results in the order of tasks, cells and seeds, whatever the order in which the runs ended.
  public func run(
    known: [RunResult] = [], progress: ProgressReporter? = .standardError, cancellation: Cancellation = Cancellation(),
    onResult: @Sendable (RunResult) -> Void = { _ in }
  ) -> ComparisonResults {
    let threads = threads ?? Execution.default.threads
    let runner = PlanRunner(
      known: Dictionary(known.map { ($0.setting, $0) }, uniquingKeysWith: { first, _ in first }), threads: threads,
      progress: progress, cancellation: cancellation)
    var members = members(cancellation: cancellation)
    let trials = searchLearningRates(&members, runner, threads: threads, onResult: onResult)
    guard !cancellation.isCancelled else { return ComparisonResults(runs: [], trials: trials) }
    let plans = plans(members, threads: threads)
    return ComparisonResults(runs: runner.run(plans, onResult: onResult).compactMap { $0 }, trials: trials)
  }

  /// Throws when a cell has no model with about `parameters` parameters on one of the tasks; `run` takes the closest one.
  public func checkParameters() throws(ParameterError) {
    guard let parameters else { return }
    for task in tasks {
      for cell in cells { try ParameterMatch.check(parameters: parameters, cell: cell, task: task) }
    }
  }

  /// The runs in the order of tasks, cells and seeds, without a search for learning rates.
  func plans(threads: Int) -> [RunPlan] { plans(members(cancellation: Cancellation()), threads: threads) }

  private func plans(_ members: [Member], threads: Int) -> [RunPlan] {
    members.flatMap { member in
      seeds.map { seed in
        plan(member, seed: seed, steps: trainingSteps ?? member.task.defaultTrainingSteps, threads: threads)
      }
    }
  }

  private func plan(_ member: Member, seed: Int, steps: Int, threads: Int, isTrial: Bool = false) -> RunPlan {
    RunPlan(
      task: member.task, cell: member.cell, hiddenSize: member.hiddenSize, seed: seed, trainingSteps: steps,
      learningRate: member.learningRate, threads: member.task.sharesProductsAmongThreads ? threads : 1,
      timeBudget: isTrial ? nil : minutes.map { $0 * 60 }, isTrial: isTrial,
      isObserved: observesFirstSeed && seed == seeds.first)
  }

  /// The cells on the tasks with their hidden sizes.
  private func members(cancellation: Cancellation) -> [Member] {
    tasks.flatMap { task in
      cells.map { cell in
        var size = hiddenSize ?? task.defaultHiddenSize
        if let parameters, !cancellation.isCancelled {
          size = ParameterMatch.hiddenSize(parameters: parameters, cell: cell, task: task)
        }
        return Member(task: task, cell: cell, hiddenSize: size, learningRate: learningRate)
      }
    }
  }

  /// Gives each member the learning rate that comes out best, and returns the trials.
  private func searchLearningRates(
    _ members: inout [Member], _ runner: PlanRunner, threads: Int, onResult: @Sendable (RunResult) -> Void
  ) -> [RunResult] {
    guard let search else { return [] }
    let factors = LearningRateSearch.factors
    let rounds = members.map { member in
      SuccessiveHalving(
        candidates: factors.count, budget: search.budget ?? trainingSteps ?? member.task.defaultTrainingSteps
      ).rounds
    }
    var left = members.map { member in
      factors.map { $0 * (member.learningRate ?? member.task.defaultLearningRate) }
    }
    var trials: [RunResult] = []
    for round in rounds[0].indices {
      var plans: [RunPlan] = []
      for (index, rates) in left.enumerated() {
        for rate in rates {
          var candidate = members[index]
          candidate.learningRate = rate
          let steps = rounds[index][round].steps
          plans.append(plan(candidate, seed: LearningRateSearch.seed, steps: steps, threads: threads, isTrial: true))
        }
      }
      let results = runner.run(plans, onResult: onResult)
      trials += results.compactMap { $0 }
      guard !results.contains(where: { $0 == nil }) else { return trials }
      var start = 0
      for (index, rates) in left.enumerated() {
        let scores = results[start..<start + rates.count].map { result in
          result?.value.map { members[index].task.metric.higherIsBetter ? $0 : -$0 }
        }
        start += rates.count
        left[index] = SuccessiveHalving.survivors(scores).map { rates[$0] }
      }
    }
    for index in members.indices { members[index].learningRate = left[index][0] }
    return trials
  }
}
