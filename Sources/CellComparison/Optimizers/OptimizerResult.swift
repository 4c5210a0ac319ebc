/// What one run of an optimizer came to.
public struct OptimizerResult: Sendable {
  /// The task.
  public let task: PathologicalTask
  /// The optimizer.
  public let optimizer: OptimizerChoice
  /// The learning rate.
  public let learningRate: Double
  /// The momentum, for optimizers that have one.
  public let momentum: Double
  /// The seed.
  public let seed: Int
  /// The test loss that was to be reached, if one was.
  public let targetLoss: Double?
  /// The last training loss.
  public var loss: Double = .nan
  /// The mean loss of the test sequences.
  public var testLoss: Double = .nan
  /// The share of test sequences that are answered wrongly.
  public var errorRate: Double = 1
  /// The steps.
  public var steps: Int = 0
  /// The gradients of a batch that the work of all steps is about as much as.
  public var gradients: Double = 0
  /// The seconds of training and tests.
  public var seconds: Double = 0
  /// The damping at the end, for the Hessian-free methods.
  public var damping: Double?
  /// Why the training ended early, where it did.
  public var error: String?

  init(
    task: PathologicalTask, optimizer: OptimizerChoice, learningRate: Double, momentum: Double, seed: Int,
    targetLoss: Double?
  ) {
    self.task = task
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.momentum = momentum
    self.seed = seed
    self.targetLoss = targetLoss
  }

  /// Whether the target loss was reached; without one, whether fewer than 1 of 100 test sequences are answered wrongly.
  public var isSolved: Bool { targetLoss.map { testLoss <= $0 } ?? (errorRate < 0.01) }

  /// The result on one line.
  public var json: JSONObject {
    var object = JSONObject([
      ("task", .string(task.kind.rawValue)), ("length", .integer(task.length)),
      ("optimizer", .string(optimizer.rawValue)), ("learning_rate", .number(learningRate)),
      ("momentum", .number(momentum)), ("seed", .integer(seed)), ("solved", .boolean(isSolved)),
      ("wrong", .number(errorRate)), ("loss", .number(loss)), ("test_loss", .number(testLoss)),
      ("steps", .integer(steps)), ("gradients", .number(gradients)), ("seconds", .number(seconds)),
      ("status", .string(error ?? "ok")),
    ])
    if let damping { object.append("damping", .number(damping)) }
    return object
  }
}

extension OptimizerComparison {
  /// A table of medians over seeds, with how many runs solved the task or reached the target loss; below it, why runs
  /// ended before their budget was used up.
  public static func table(of results: [OptimizerResult]) -> String {
    var table = TextTable([
      .left("task"), .left("optimizer"), .right("rate"), .right("momentum"), .right("solved"), .right("wrong"),
      .right("test loss"), .right("steps"), .right("gradients"), .right("seconds"),
    ])
    var rows: [(key: [String], runs: [OptimizerResult])] = []
    for result in results {
      let key = [
        "\(result.task.kind.rawValue) \(result.task.length)", result.optimizer.rawValue, "\(result.learningRate)",
        result.optimizer.hasMomentum ? "\(result.momentum)" : "",
      ]
      if let index = rows.firstIndex(where: { $0.key == key }) {
        rows[index].runs.append(result)
      } else {
        rows.append((key, [result]))
      }
    }
    for (key, runs) in rows {
      func median(_ value: (OptimizerResult) -> Double) -> Double {
        let sorted = runs.map(value).map { $0.isNaN ? .infinity : $0 }.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
      }
      table.append(
        key + [
          "\(runs.filter(\.isSolved).count) of \(runs.count)", Decimals.rounded(median { $0.errorRate }, to: 3),
          Decimals.rounded(median { $0.testLoss }, to: 5), Decimals.rounded(median { Double($0.steps) }, to: 0),
          Decimals.rounded(median { $0.gradients }, to: 0), Decimals.rounded(median { $0.seconds }, to: 1),
        ])
    }
    let ends = results.compactMap { result in
      result.error.map {
        "\(result.task.kind.rawValue) \(result.task.length), \(result.optimizer.rawValue) at \(result.learningRate), "
          + "seed \(result.seed): ended after \(result.steps) steps: \($0)"
      }
    }
    return ends.isEmpty ? table.text : table.text + "\n" + ends.joined(separator: "\n") + "\n"
  }
}
