internal import Autodiff
internal import DenseArrays
internal import Foundation
internal import Layers
internal import Optimizers

/// A tanh net on one task, trained by one optimizer.
struct OptimizerRun {
  /// The net.
  struct Model: Module {
    let layer: Recurrent<Elman>
    let readout: Linear
  }

  private let comparison: OptimizerComparison
  private let task: PathologicalTask
  private let choice: OptimizerChoice
  private let seed: Int
  private let model: Model
  private let tape: Tape
  private var random: RandomSource
  private var signs: RandomSource

  init(_ comparison: OptimizerComparison, _ task: PathologicalTask, _ choice: OptimizerChoice, seed: Int) {
    self.comparison = comparison
    self.task = task
    self.choice = choice
    self.seed = seed
    let source = RandomSource(seed: UInt64(bitPattern: Int64(seed)))
    var weights = source.fork(0)
    random = source.fork(1)
    signs = source.fork(2)
    let isSparse = comparison.initialization == .sparse
    let size = comparison.hiddenSize
    model = Model(
      layer: Recurrent(
        Elman(
          inputSize: task.inputSize, hiddenSize: size,
          inputInitializer: isSparse ? .sparse(standardDeviation: comparison.inputScale) : .glorotUniform(),
          recurrentInitializer: isSparse ? .sparse().scaled(toSpectralRadius: 1.1) : .orthogonal(), using: &weights)),
      readout: Linear(
        inputSize: size, outputSize: task.outputSize,
        initializer: isSparse ? .sparse(standardDeviation: 0.1) : .glorotUniform(),
        using: &weights))
    tape = Tape(execution: Execution(threads: comparison.threads))
  }

  private func outputs(_ batch: PathologicalTask.Batch, _ tape: Tape) -> (answers: Variable, scan: ScanResult) {
    let run = model.layer.scanned(
      tape.constant(batch.inputs),
      options: ScanOptions(keeps: choice == .sgdPenalized ? ["preactivation"] : [])
    ).result
    let states = run.outputs[0].slice(axis: 0, task.steps - task.answerSteps..<task.steps)
    return (model.readout(states), run)
  }

  private func loss(_ batch: PathologicalTask.Batch) -> OutputLoss {
    switch task.kind {
    case .adding, .multiplication: .squaredError(targets: batch.targets)
    case .exclusiveOr: .sigmoidCrossEntropy(targets: batch.targets)
    default: .softmaxCrossEntropy(labels: batch.targets)
    }
  }

  private func recorded(
    _ batch: PathologicalTask.Batch, _ parameters: NamedParameters, _ tape: Tape
  ) -> (RecordedLoss, ScanResult) {
    let (answers, scan) = outputs(batch, tape)
    let states = choice == .hessianFree ? scan.outputs[0] : nil
    return (RecordedLoss(answers, loss(batch), of: parameters, hiddenStates: states), scan)
  }

  /// The share of wrong answers on new sequences, the same ones for all optimizers.
  private func errorRate() -> Double {
    var random = RandomSource(seed: UInt64(bitPattern: Int64(seed))).fork(3)
    let batch = task.batch(count: comparison.testSequences, using: &random)
    tape.reset()
    defer { tape.reset() }
    return tape.withoutGradients { task.errorRate(of: outputs(batch, tape).answers.value, on: batch) }
  }

  /// Trains within the budget, or until the task is solved or the loss is not finite.
  mutating func run(isCancelled: () -> Bool) -> OptimizerResult {
    let parameters = model.parameters
    let rate = comparison.learningRate ?? choice.defaultLearningRate
    var optimizer = choice.make(parameters, learningRate: rate, momentum: comparison.momentum)
    var hessianFree = HessianFree(parameters, damping: 1)
    hessianFree.structuralDamping = 0.03
    hessianFree.preconditionerSamples = 1
    hessianFree.conjugateGradients.maximumIterations = 100
    var result = OptimizerResult(task: task, optimizer: choice, seed: seed, learningRate: rate)
    let start = ProcessInfo.processInfo.systemUptime
    var nextTest = comparison.testInterval
    while result.steps < comparison.steps, result.gradients < comparison.gradients, !isCancelled() {
      do throws(UpdateError) {
        if optimizer != nil {
          try step(&optimizer, parameters, &result)
        } else {
          try step(&hessianFree, parameters, &result)
        }
      } catch {
        result.error = "\(error)"
        break
      }
      result.steps += 1
      result.seconds = ProcessInfo.processInfo.systemUptime - start
      if result.gradients >= nextTest || choice == .hessianFree {
        nextTest += comparison.testInterval
        result.errorRate = errorRate()
        if result.isSolved { return result }
      }
      if result.seconds >= comparison.seconds { break }
    }
    result.errorRate = errorRate()
    return result
  }

  /// A step along a gradient; every tenth one with a look at the curvature, where the optimizer takes one.
  private mutating func step(
    _ optimizer: inout (any Optimizer)?, _ parameters: NamedParameters, _ result: inout OptimizerResult
  ) throws(UpdateError) {
    tape.reset()
    let (recorded, scan) = recorded(task.batch(count: comparison.batchSize, using: &random), parameters, tape)
    result.loss = recorded.loss.item
    result.gradients += 1
    if result.steps % 10 == 0, var observer = optimizer as? any CurvatureOptimizer {
      try observer.observe(recorded, using: &signs)
      optimizer = observer
      // Hutchinson's product is about two sweeps more than one with signs at the outputs.
      result.gradients += choice == .adaHessian ? 2 : 1
    }
    var loss = recorded.loss
    if let kept = scan.kept["preactivation"] {
      let weights = tape.parameter(model.layer.cell.hidden.recurrentWeights)
      let penalty = vanishingGradientPenalty(of: loss, preactivations: kept, recurrentWeights: weights) { a in
        1 - tanh(a) * tanh(a)
      }
      loss = loss + comparison.penalty * penalty
      result.gradients += 1
    }
    _ = try optimizer?.update(with: tape.gradients(of: loss))
  }

  /// An outer step of Hessian-free optimization: the gradient on a batch ten times as large, the curvature on a plain one.
  private mutating func step(
    _ optimizer: inout HessianFree, _ parameters: NamedParameters, _ result: inout OptimizerResult
  ) throws(UpdateError) {
    let large = task.batch(count: 10 * comparison.batchSize, using: &random)
    let small = task.batch(count: 2 * comparison.batchSize, using: &random)
    let (net, parameters) = (self, parameters)
    let report = try optimizer.step(
      on: tape, using: &signs, curvatureLoss: { tape in net.recorded(small, parameters, tape).0 },
      { tape in net.recorded(large, parameters, tape).0 })
    result.loss = report.newLoss
    // In gradients of a plain batch: a product is about one, a forward pass a third of one.
    result.gradients += 10 + 2 * Double(report.iterations + 1) + 10.0 / 3 * Double(report.lossEvaluations)
  }
}
