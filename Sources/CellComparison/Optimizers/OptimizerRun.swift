internal import Autodiff
internal import DenseArrays
internal import Foundation
internal import Layers
internal import Optimizers

/// A net on one task, trained by one optimizer.
struct OptimizerRun {
  /// The net.
  struct Model: Module {
    let layer: Recurrent<Elman>
    let readout: Linear
  }

  private let comparison: OptimizerComparison
  private let task: PathologicalTask
  private let problem: any SequenceProblem
  private let choice: OptimizerChoice
  private let learningRate: Double
  private let momentum: Double
  private let seed: Int
  private let features: FeatureTransform
  private let test: SequenceBatch
  private let model: Model
  private let tape: Tape
  private var random: RandomSource
  private var signs: RandomSource

  init(
    _ comparison: OptimizerComparison, _ task: PathologicalTask, _ choice: OptimizerChoice, learningRate: Double,
    momentum: Double, seed: Int
  ) {
    self.comparison = comparison
    self.task = task
    problem = task.problem
    self.choice = choice
    self.learningRate = learningRate
    self.momentum = momentum
    self.seed = seed
    let source = RandomSource(seed: UInt64(bitPattern: Int64(seed)))
    var weights = source.fork(0)
    random = source.fork(1)
    signs = source.fork(2)
    let last = Double(max(problem.inputSize - 1, 1))
    var features = FeatureTransform(
      means: [Float](repeating: 0, count: problem.inputSize),
      scales: (0..<problem.inputSize).map { Float(Foundation.pow(comparison.featureSpread, Double($0) / last)) })
    var readoutBias = Initializer.zeros
    if comparison.isCentered {
      var meanRandom = source.fork(4)
      let sample = problem.batch(count: comparison.testSequences, using: &meanRandom)
      features.means = FeatureTransform.means(of: sample.inputs).map { Float($0) }
      if case .numbers(let answers) = sample.answers {
        let means = FeatureTransform.means(of: answers)
        readoutBias = Initializer("means of the answers") { shape, _ in DenseArray(means, shape: shape) }
      }
    }
    self.features = features
    let initialization = comparison.initialization
    model = Model(
      layer: Recurrent(initialization.makeCell(comparison, inputSize: problem.inputSize, using: &weights)),
      readout: Linear(
        inputSize: comparison.hiddenSize, outputSize: problem.outputSize, initializer: initialization.readout,
        biasInitializer: readoutBias, using: &weights))
    tape = Tape(execution: Execution(threads: comparison.threads))
    // The same sequences for all optimizers.
    var testRandom = source.fork(3)
    test = features(problem.batch(count: comparison.testSequences, using: &testRandom))
  }

  private mutating func batch(count: Int) -> SequenceBatch { features(problem.batch(count: count, using: &random)) }

  private func outputs(_ batch: SequenceBatch, _ tape: Tape) -> (answers: Variable, scan: ScanResult) {
    let run = model.layer.scanned(
      tape.constant(batch.inputs),
      options: ScanOptions(keeps: choice == .sgdPenalized ? ["preactivation"] : [])
    ).result
    let states = run.outputs[0].slice(axis: 0, batch.steps - batch.answerSteps..<batch.steps)
    return (model.readout(states), run)
  }

  private func loss(_ batch: SequenceBatch) -> OutputLoss {
    switch batch.answers {
    case .numbers(let targets): .squaredError(targets: targets)
    case .bits(let targets): .sigmoidCrossEntropy(targets: targets)
    case .classes(let labels): .softmaxCrossEntropy(labels: labels)
    }
  }

  private func recorded(
    _ batch: SequenceBatch, _ parameters: NamedParameters, _ tape: Tape
  ) -> (RecordedLoss, ScanResult) {
    let (answers, scan) = outputs(batch, tape)
    let states = choice == .hessianFree ? scan.outputs[0] : nil
    return (RecordedLoss(answers, loss(batch), of: parameters, hiddenStates: states), scan)
  }

  /// Measures the net on the test sequences.
  private func test(_ result: inout OptimizerResult) {
    tape.reset()
    defer { tape.reset() }
    (result.errorRate, result.testLoss) = tape.withoutGradients {
      let answers = outputs(test, tape).answers
      var score = SequenceScore()
      score.add(answers.value, on: test)
      return (1 - Double(score.sequencesRight) / Double(score.sequences), loss(test)(answers).item)
    }
  }

  /// Trains within the budget, or until the task is solved or the loss is not finite.
  mutating func run(isCancelled: () -> Bool) -> OptimizerResult {
    let parameters = model.parameters
    var optimizer = choice.make(parameters, comparison, learningRate: learningRate, momentum: momentum)
    var result = OptimizerResult(
      task: task, optimizer: choice, learningRate: learningRate, momentum: momentum, seed: seed,
      targetLoss: comparison.targetLoss)
    let start = ProcessInfo.processInfo.systemUptime
    var nextTest = comparison.testInterval
    while result.steps < comparison.steps, result.gradients < comparison.gradients, !isCancelled() {
      do throws(UpdateError) {
        if var hessianFree = optimizer as? HessianFree {
          try step(&hessianFree, parameters, &result)
          optimizer = hessianFree
        } else {
          try step(&optimizer, parameters, &result)
        }
      } catch {
        result.error = "\(error)"
        break
      }
      result.steps += 1
      result.seconds = ProcessInfo.processInfo.systemUptime - start
      if result.gradients >= nextTest || choice == .hessianFree {
        while nextTest <= result.gradients { nextTest += comparison.testInterval }
        test(&result)
        if result.isSolved { break }
      }
      if result.seconds >= comparison.seconds { break }
    }
    test(&result)
    result.seconds = ProcessInfo.processInfo.systemUptime - start
    result.damping = (optimizer as? DiagonalHessianFree)?.damping ?? (optimizer as? HessianFree)?.damping
    return result
  }

  /// A step along a gradient; every tenth one with a look at the curvature, where the optimizer takes one.
  private mutating func step(
    _ optimizer: inout any Optimizer, _ parameters: NamedParameters, _ result: inout OptimizerResult
  ) throws(UpdateError) {
    tape.reset()
    let batch = batch(count: comparison.batchSize)
    let (recorded, scan) = recorded(batch, parameters, tape)
    result.loss = recorded.loss.item
    result.gradients += 1
    if result.steps % 10 == 0, var observer = optimizer as? any CurvatureOptimizer {
      try observer.observe(recorded, using: &signs)
      optimizer = observer
      // Hutchinson's product is about two sweeps more than one with signs at the outputs.
      result.gradients += choice == .adaHessian || choice == .sophiaHessian ? 2 : 1
    }
    var loss = recorded.loss
    if let kept = scan.kept["preactivation"] {
      let weights = tape.parameter(model.layer.cell.hidden.recurrentWeights)
      let penalty = vanishingGradientPenalty(of: loss, preactivations: kept, recurrentWeights: weights) { a in
        model.layer.cell.activation == .relu ? Autodiff.step(a) : 1 - tanh(a) * tanh(a)
      }
      loss = loss + comparison.penalty * penalty
      result.gradients += 1
    }
    try optimizer.update(with: tape.gradients(of: loss))
    if result.steps % 5 == 0, var damped = optimizer as? DiagonalHessianFree {
      tape.reset()
      let after = tape.withoutGradients { self.recorded(batch, parameters, tape).0.loss.item }
      damped.adaptDamping(lossBefore: result.loss, lossAfter: after)
      optimizer = damped
      result.gradients += 1.0 / 3
    }
  }

  /// An outer step of Hessian-free optimization: the gradient on more sequences than the curvature.
  private mutating func step(
    _ optimizer: inout HessianFree, _ parameters: NamedParameters, _ result: inout OptimizerResult
  ) throws(UpdateError) {
    let large = batch(count: comparison.gradientSequences ?? 10 * comparison.batchSize)
    let small = batch(count: comparison.curvatureSequences ?? 2 * comparison.batchSize)
    let (net, parameters) = (self, parameters)
    let report = try optimizer.step(
      on: tape, curvatureLoss: { tape in net.recorded(small, parameters, tape).0 },
      { tape in net.recorded(large, parameters, tape).0 })
    result.loss = report.newLoss
    // In gradients of a plain batch: a product is about one, a forward pass a third of one.
    let size = Double(comparison.batchSize)
    let (gradient, curvature) = (Double(large.inputs.shape[1]) / size, Double(small.inputs.shape[1]) / size)
    result.gradients +=
      gradient * (1 + Double(report.lossEvaluations) / 3) + curvature * Double(report.iterations + 1)
  }
}
