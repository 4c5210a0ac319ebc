internal import Autodiff
internal import DenseArrays
internal import Dispatch
internal import Synchronization

/// Trains cells on tasks from several seeds and collects what they reach.
///
///     let mine = CellDescription.named("my-cell") { MyCell(inputSize: $0, hiddenSize: $1, using: &$2) }
///     let results = Comparison(cells: [mine] + CellCatalog.standard).run()
///     print(results.text)
///
/// All cells see the same data. A run depends on nothing but its task, cell, sizes, steps and seed: neither on the number
/// of threads nor on what runs beside it. Runs whose arrays are too small to be shared among threads are made several at a
/// time, each on one thread.
public struct Comparison: Sendable {
  /// The cells, in the order of the results.
  public var cells: [CellDescription]
  /// The tasks, in the order of the results.
  public var tasks: [any ComparisonTask]
  /// The seeds.
  public var seeds: [Int]
  /// The hidden size of all cells, or nil for each task's own.
  public var hiddenSize: Int?
  /// The training steps of a run, or nil for each task's own.
  public var trainingSteps: Int?
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

  /// Makes all runs.
  ///
  /// - Parameters:
  ///   - progress: Where to report how far it is; nil for silence.
  ///   - cancellation: Ends the comparison early; runs that have ended are kept, the others are dropped.
  ///   - onResult: Called with each result as it is there, one at a time, from any thread.
  /// - Returns: The results in the order of tasks, cells and seeds, whatever the order in which the runs ended.
  public func run(
    progress: ProgressReporter? = .standardError, cancellation: Cancellation = Cancellation(),
    onResult: @Sendable (RunResult) -> Void = { _ in }
  ) -> ComparisonResults {
    let threads = threads ?? Execution.default.threads
    let plans = plans(threads: threads)
    let results = Mutex<[RunResult?]>(Array(repeating: nil, count: plans.count))
    // Runs on one thread go side by side, the others one after the other.
    let single = plans.indices.filter { plans[$0].threads == 1 }
    let shared = plans.indices.filter { plans[$0].threads > 1 }
    progress?.begin(plans, workers: single.isEmpty ? 1 : threads)
    for (members, workers) in [(single, threads), (shared, 1)] where !members.isEmpty {
      let next = Atomic(0)
      DispatchQueue.concurrentPerform(iterations: min(workers, members.count)) { _ in
        while true {
          let position = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard position < members.count, !cancellation.isCancelled else { return }
          let index = members[position]
          let result = plans[index].run(cancellation: cancellation) { steps, seconds in
            progress?.update(run: index, steps: steps, seconds: seconds)
          }
          guard let result else { return }
          results.withLock {
            $0[index] = result
            progress?.finish(run: index, result)
            onResult(result)
          }
        }
      }
    }
    progress?.end()
    return ComparisonResults(runs: results.withLock { $0.compactMap { $0 } })
  }

  /// The runs in the order of tasks, cells and seeds.
  func plans(threads: Int) -> [RunPlan] {
    tasks.flatMap { task in
      cells.flatMap { cell in
        seeds.map { seed in
          RunPlan(
            task: task, cell: cell, seed: seed, hiddenSize: hiddenSize ?? task.defaultHiddenSize,
            trainingSteps: trainingSteps ?? task.defaultTrainingSteps,
            threads: task.sharesProductsAmongThreads ? threads : 1, timeBudget: minutes.map { $0 * 60 },
            isObserved: observesFirstSeed && seed == seeds.first)
        }
      }
    }
  }
}
