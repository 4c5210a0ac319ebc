import Testing

@testable import CellComparison

/// A task whose losses and results are known beforehand, without a model.
struct KnownTask: ComparisonTask {
  var name = "known"
  var summary: String { "a task for tests" }
  var metric: Metric { Metric(name: "error", format: .decimals(1), higherIsBetter: false) }
  var defaultHiddenSize: Int { 5 }
  var defaultTrainingSteps: Int { 10 }
  var defaultLearningRate: Double { 0.1 }
  var sharesProductsAmongThreads = false
  /// The loss at a step of a seed.
  var loss: @Sendable (_ seed: Int, _ step: Int) -> Double = { _, _ in 1 }
  /// The value at the end.
  var value: @Sendable (_ seed: Int) -> Double = { Double($0) }
  /// The value on held-out data after some steps.
  var heldOut: @Sendable (_ configuration: SessionConfiguration, _ steps: Int) -> Double = { configuration, steps in
    Double(100 * configuration.seed + steps)
  }

  final class Session: TrainingSession {
    let task: KnownTask
    let configuration: SessionConfiguration
    var steps: [Int] = []

    init(_ task: KnownTask, _ configuration: SessionConfiguration) {
      self.task = task
      self.configuration = configuration
    }

    /// As an Elman net with one input and output would have.
    var parameterCount: Int {
      let size = configuration.hiddenSize
      return size * (size + 3) + 2
    }

    func train(step: Int) -> Double {
      steps.append(step)
      return task.loss(configuration.seed, step)
    }

    func heldOut() -> Double { task.heldOut(configuration, steps.count) }

    func evaluate(isCancelled: () -> Bool) -> Evaluation {
      #expect(steps == Array(0..<steps.count))
      return Evaluation(value: task.value(configuration.seed))
    }
  }

  func makeSession(_ configuration: SessionConfiguration) -> any TrainingSession { Session(self, configuration) }
}
