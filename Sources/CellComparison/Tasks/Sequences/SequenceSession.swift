internal import Autodiff
internal import DenseArrays
internal import Layers
internal import Optimizers

/// A model that learns a problem of sequences.
final class SequenceSession: TrainingSession {
  private static let heldOutCount = 64

  let task: SequenceTask
  let configuration: SessionConfiguration
  let model: ReadoutModel
  private var trainer: Trainer
  private var trainingRandom: RandomSource

  init(_ task: SequenceTask, _ configuration: SessionConfiguration) {
    self.task = task
    self.configuration = configuration
    model = ReadoutModel(configuration, inputSize: task.training.inputSize, outputSize: task.training.outputSize)
    trainer = Trainer(model, clipping: .globalNorm(1), threads: configuration.threads)
    trainingRandom = configuration.random(for: .trainingData)
  }

  var parameterCount: Int { model.parameterCount }

  func train(step: Int) -> Double {
    let batch = task.training.batch(count: task.batchSize, using: &trainingRandom)
    let rate =
      (configuration.learningRate ?? task.defaultLearningRate)
      * Trainer.cosineDecay(step: step, of: configuration.trainingSteps)
    return trainer.step(learningRate: rate) { tape in
      loss(of: outputs(batch, on: tape, isTraining: true), on: batch)
    }
  }

  func heldOut() -> Double {
    var random = configuration.random(for: .heldOutData)
    var score = SequenceScore()
    add(task.heldOut.batch(count: Self.heldOutCount, using: &random), to: &score)
    return task.value(of: score)
  }

  func evaluate(isCancelled: () -> Bool) -> Evaluation {
    let scores = task.tests.map { test in
      var random = configuration.random(for: .testData)
      var score = SequenceScore()
      for batch in test.problem.testBatches(using: &random) where !isCancelled() { add(batch, to: &score) }
      return score
    }
    var details: [RunResult.Detail] = []
    switch task.measure {
    case .loss, .answersRight:
      details.append(
        .init("sequences-right", Double(scores[0].sequencesRight) / Double(scores[0].sequences), format: .share))
    case .sequencesRight where scores[0].answers > scores[0].sequences:
      details.append(.init("answers-right", Double(scores[0].answersRight) / Double(scores[0].answers), format: .share))
    case .sequencesRight, .rootMeanSquaredError: break
    }
    for (test, score) in zip(task.tests, scores).dropFirst() {
      details.append(.init("\(task.metric.name)-at-\(test.label)", task.value(of: score), format: task.metric.format))
    }
    return Evaluation(value: task.value(of: scores[0]), details: details)
  }

  /// Answers a batch without gradients and scores the answers.
  private func add(_ batch: SequenceBatch, to score: inout SequenceScore) {
    let answered = trainer.test { tape in
      let answers = outputs(batch, on: tape, isTraining: false)
      return (values: answers.value, loss: loss(of: answers, on: batch).item)
    }
    score.add(answered.values, on: batch, loss: answered.loss)
  }

  /// The answers to a batch, [answers, batch, outputs].
  private func outputs(_ batch: SequenceBatch, on tape: Tape, isTraining: Bool) -> Variable {
    answers(from: model.cell.outputs(for: tape.constant(batch.inputs), isTraining: isTraining), to: batch)
  }

  /// The answers to a batch, [answers, batch, outputs], from the cell's outputs at all steps.
  func answers(from outputs: Variable, to batch: SequenceBatch) -> Variable {
    model.readout(outputs.slice(axis: 0, batch.steps - batch.answerSteps..<batch.steps))
  }

  /// The mean loss of the answers that are due.
  func loss(of outputs: Variable, on batch: SequenceBatch) -> Variable {
    switch batch.answers {
    case .numbers(let targets):
      meanSquaredError(outputs, targets: targets.converted(to: outputs.scalarType), weights: batch.weights)
    case .bits(let targets):
      sigmoidCrossEntropy(outputs, targets: targets.converted(to: outputs.scalarType), weights: batch.weights)
    case .classes(let labels): softmaxCrossEntropy(outputs, labels: labels, weights: batch.weights)
    }
  }
}
