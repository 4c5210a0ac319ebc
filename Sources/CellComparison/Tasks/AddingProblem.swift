internal import Autodiff
internal import DenseArrays
internal import Layers
internal import Optimizers

/// The adding problem: the sum of two marked numbers out of a long sequence.
///
/// The form with the plain sum, whose best constant guess is 1 with a mean squared error of 1/6. (With the mean of the two
/// numbers, as others have it, errors are a quarter of these.) Numbers are uniform in 0 ..< 1; one is marked in each half
/// of the sequence.
///
/// Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997, experiment 4.
public struct AddingProblem: ComparisonTask {
  /// The number of steps of a sequence.
  public let steps: Int

  /// The task with sequences of the given length; fewer than 2 steps stop.
  public init(steps: Int = 50) {
    guard steps >= 2 else { stop("AddingProblem: sequences of \(steps) steps; expected at least 2") }
    self.steps = steps
  }

  public var name: String { "adding" }

  public var summary: String {
    "the sum of the two marked ones of \(steps) numbers in 0 ..< 1, asked for after the last"
  }

  public var metric: Metric {
    Metric(
      name: "mean-squared-error", format: .decimals(5), higherIsBetter: false,
      reference: "the sum of the two numbers over \(steps) steps, always answering 1 gives "
        + Decimals.rounded(AddingProblemData.constantGuessError, to: 5))
  }

  public var defaultHiddenSize: Int { 32 }
  public var defaultTrainingSteps: Int { 1500 }
  public var sharesProductsAmongThreads: Bool { false }

  public func makeSession(_ configuration: SessionConfiguration) -> any TrainingSession {
    AddingProblemSession(self, configuration)
  }
}

/// A model that learns the adding problem.
final class AddingProblemSession: TrainingSession {
  private static let batchSize = 32
  private static let learningRate = 0.01
  private static let testBatches = 4
  private static let testBatchSize = 256

  let data: AddingProblemData
  let model: ReadoutModel
  private var trainer: Trainer
  private var trainingRandom: RandomSource
  let configuration: SessionConfiguration

  init(_ task: AddingProblem, _ configuration: SessionConfiguration) {
    self.configuration = configuration
    data = AddingProblemData(steps: task.steps)
    model = ReadoutModel(configuration, inputSize: 2, outputSize: 1)
    trainer = Trainer(model, clipping: .globalNorm(1), threads: configuration.threads)
    trainingRandom = configuration.random(for: .trainingData)
  }

  var parameterCount: Int { model.parameterCount }

  func train(step: Int) -> Double {
    let batch = data.batch(count: Self.batchSize, using: &trainingRandom)
    let rate = Self.learningRate * Trainer.cosineDecay(step: step, of: configuration.trainingSteps)
    return trainer.step(learningRate: rate) { tape in error(batch, on: tape, isTraining: true) }
  }

  func evaluate(isCancelled: () -> Bool) -> Evaluation {
    var random = configuration.random(for: .testData)
    var sum = 0.0
    for _ in 0..<Self.testBatches {
      let batch = data.batch(count: Self.testBatchSize, using: &random)
      sum += trainer.test { tape in error(batch, on: tape, isTraining: false).item }
    }
    return Evaluation(value: sum / Double(Self.testBatches))
  }

  /// The mean squared error of the answers after the last step.
  private func error(_ batch: AddingProblemData.Batch, on tape: Tape, isTraining: Bool) -> Variable {
    let outputs = model.cell.run(
      tape.constant(batch.inputs), from: nil, keepsState: false, isTraining: isTraining
    ).outputs
    return meanSquaredError(model.readout(outputs[data.steps - 1]), targets: batch.targets)
  }
}
