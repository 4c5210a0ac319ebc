internal import DenseArrays

/// Optimizers on one net, one task and one budget: a tanh net on tasks that need a long memory.
///
///     var comparison = OptimizerComparison()
///     comparison.gradients = 2_000
///     let results = comparison.run(tasks: [PathologicalTask(.adding, length: 30)], optimizers: [.adam, .hessianFree])
///     print(OptimizerComparison.table(of: results))
public struct OptimizerComparison: Sendable {
  /// The hidden units.
  public var hiddenSize: Int = 100
  /// The sequences of a gradient step.
  public var batchSize: Int = 20
  /// The most steps of a run.
  public var steps: Int = .max
  /// The most gradients of a run: sweeps over a batch of `batchSize`, with other work counted in them.
  public var gradients: Double = 1_000
  /// The most seconds of a run.
  public var seconds: Double = .infinity
  /// The first seed and the number of seeds, each a run.
  public var seeds: ClosedRange<Int> = 1...3
  /// The first values of the weights.
  public var initialization: OptimizerInitialization = .sparse
  /// The standard deviation of the sparse input weights.
  public var inputScale: Double = 1
  /// The learning rate of all optimizers; nil for each one's own.
  public var learningRate: Double?
  /// The largest momentum, for those that have one.
  public var momentum: Double = 0.9
  /// The weight of the penalty on vanishing gradients.
  public var penalty: Double = 1
  /// The sequences of a test.
  public var testSequences: Int = 1_000
  /// Gradients from test to test.
  public var testInterval: Double = 100
  /// The threads.
  public var threads: Int = 1

  public init() {}

  /// Runs all optimizers on all tasks from all seeds.
  public func run(
    tasks: [PathologicalTask], optimizers: [OptimizerChoice], cancellation: Cancellation = Cancellation(),
    _ report: (OptimizerResult) -> Void = { _ in }
  ) -> [OptimizerResult] {
    var results: [OptimizerResult] = []
    for task in tasks {
      for optimizer in optimizers {
        for seed in seeds where !cancellation.isCancelled {
          var run = OptimizerRun(self, task, optimizer, seed: seed)
          let result = run.run { cancellation.isCancelled }
          results.append(result)
          report(result)
        }
      }
    }
    return results
  }

  /// A table of medians over seeds, with how many runs solved the task.
  public static func table(of results: [OptimizerResult]) -> String {
    var table = TextTable([
      .left("task"), .left("optimizer"), .right("solved"), .right("wrong"), .right("loss"), .right("steps"),
      .right("gradients"), .right("seconds"),
    ])
    var rows: [(key: String, runs: [OptimizerResult])] = []
    for result in results {
      let key = "\(result.task.kind.rawValue) \(result.task.length) \(result.optimizer.rawValue)"
      if let index = rows.firstIndex(where: { $0.key == key }) {
        rows[index].runs.append(result)
      } else {
        rows.append((key, [result]))
      }
    }
    for (_, runs) in rows {
      func median(_ value: (OptimizerResult) -> Double) -> Double {
        let sorted = runs.map(value).map { $0.isNaN ? .infinity : $0 }.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
      }
      table.append([
        "\(runs[0].task.kind.rawValue) \(runs[0].task.length)", runs[0].optimizer.rawValue,
        "\(runs.filter(\.isSolved).count) of \(runs.count)", Decimals.rounded(median { $0.errorRate }, to: 3),
        Decimals.rounded(median { $0.loss }, to: 5), Decimals.rounded(median { Double($0.steps) }, to: 0),
        Decimals.rounded(median { $0.gradients }, to: 0), Decimals.rounded(median { $0.seconds }, to: 1),
      ])
    }
    return table.text
  }
}

/// What one run of an optimizer came to.
public struct OptimizerResult: Sendable {
  /// The task.
  public let task: PathologicalTask
  /// The optimizer.
  public let optimizer: OptimizerChoice
  /// The seed.
  public let seed: Int
  /// The learning rate.
  public let learningRate: Double
  /// The last training loss.
  public var loss: Double = .nan
  /// The share of test sequences that are answered wrongly.
  public var errorRate: Double = 1
  /// The steps.
  public var steps: Int = 0
  /// The gradients of a batch that the work of all steps is about as much as.
  public var gradients: Double = 0
  /// The seconds of training and tests.
  public var seconds: Double = 0
  /// Why the training ended early, where it did.
  public var error: String?

  init(task: PathologicalTask, optimizer: OptimizerChoice, seed: Int, learningRate: Double) {
    self.task = task
    self.optimizer = optimizer
    self.seed = seed
    self.learningRate = learningRate
  }

  /// Whether fewer than 1 of 100 test sequences are answered wrongly.
  public var isSolved: Bool { errorRate < 0.01 }

  /// The result on one line.
  public var json: JSONObject {
    JSONObject([
      ("task", .string(task.kind.rawValue)), ("length", .integer(task.length)),
      ("optimizer", .string(optimizer.rawValue)), ("learning_rate", .number(learningRate)), ("seed", .integer(seed)),
      ("solved", .boolean(isSolved)), ("wrong", .number(errorRate)), ("loss", .number(loss)),
      ("steps", .integer(steps)),
      ("gradients", .number(gradients)), ("seconds", .number(seconds)),
      ("status", .string(error ?? "ok")),
    ])
  }
}
