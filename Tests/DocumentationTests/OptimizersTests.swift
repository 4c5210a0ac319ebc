import Foundation
import Tapestry
import Testing

// code: Docs/optimizers.md 1
struct FirstNumber: Module {
  let layer: Recurrent<Elman>
  let readout: Linear

  /// The answers after the last step for inputs of shape [time, batch, 1].
  func callAsFunction(_ inputs: Variable) -> Variable { readout(layer(inputs).finalState) }
}
// end

@Suite("Optimizers")
struct OptimizersTests {
  private func model(_ random: inout RandomSource) -> FirstNumber {
    FirstNumber(
      layer: Recurrent(Elman(inputSize: 1, hiddenSize: 16, using: &random)),
      readout: Linear(inputSize: 16, outputSize: 1, using: &random))
  }

  @Test("a training with clipping, a schedule and a frozen group goes on from what was saved")
  func train() throws {
    var random = RandomSource(seed: 3)
    let model = model(&random)
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let frozen = model.layer.cell.hidden.inputWeights.value
    // code: Docs/optimizers.md 2
    var optimizer = Adam(model.parameters, learningRate: 0.01)
    optimizer.clipping = .globalNorm(1)
    optimizer.schedule = .cosine(steps: 500).warmedUp(steps: 20)
    optimizer.groups = [ParameterGroup([model.layer.cell.hidden.inputWeights], isFrozen: true)]

    let tape = Tape()
    var error = 0.0
    for _ in 1...300 {
      tape.reset()
      let inputs = DenseArray.uniform([5, 32, 1], in: -1..<1, using: &random)
      let loss = meanSquaredError(model(tape.constant(inputs)), targets: inputs.row(0))
      error = loss.item
      let report = try optimizer.update(with: tape.gradients(of: loss))
      precondition(report.gradientNorm.isFinite)  // before clipping
    }
    try optimizer.save(with: model, to: path)
    try optimizer.load(with: model, from: path)
    // end
    // Answering 0 gives the variance of the numbers, 1/3.
    #expect(error < 0.1 && optimizer.stepCount == 300)
    #expect(model.layer.cell.hidden.inputWeights.value.isBitIdentical(to: frozen))
  }

  @Test("the diagonal Hessian-free step with its damping")
  func curvature() throws {
    var random = RandomSource(seed: 4)
    let model = model(&random)
    // code: Docs/optimizers.md 3
    var optimizer = DiagonalHessianFree(model.parameters, learningRate: 0.1)
    let tape = Tape()
    var (first, last) = (0.0, 0.0)
    for step in 0..<300 {
      let inputs = DenseArray.uniform([5, 32, 1], in: -1..<1, using: &random)
      func record() -> RecordedLoss {
        tape.reset()
        return RecordedLoss(model(tape.constant(inputs)), .squaredError(targets: inputs.row(0)), of: model.parameters)
      }
      let recorded = record()
      last = recorded.loss.item
      if step == 0 { first = last }
      if step % 10 == 0 { try optimizer.observe(recorded, using: &random) }
      try optimizer.update(with: tape.gradients(of: recorded.loss))
      if step % 5 == 0 {
        let after = tape.withoutGradients { record().loss.item }
        optimizer.adaptDamping(lossBefore: last, lossAfter: after)
      }
    }
    // end
    #expect(last < first / 2 && optimizer.damping != 1)
  }

  @Test("Hessian-free optimization, by itself and as any optimizer")
  func hessianFree() throws {
    var random = RandomSource(seed: 5)
    let model = model(&random)
    // code: Docs/optimizers.md 4
    var optimizer = HessianFree(model.parameters, weightDecay: .coupled(1e-5))
    let tape = Tape()
    func record(_ count: Int) -> (Tape) -> RecordedLoss {
      let inputs = DenseArray.uniform([5, count, 1], in: -1..<1, using: &random)
      return { tape in
        RecordedLoss(model(tape.constant(inputs)), .squaredError(targets: inputs.row(0)), of: model.parameters)
      }
    }
    for _ in 1...10 {
      let report = try optimizer.step(on: tape, curvatureLoss: record(50), record(200))
      print(report)
    }
    // end
    let report = try #require(optimizer.lastReport)
    #expect(report.newLoss < 0.05 && optimizer.stepCount == 10)
  }

  @Test("the penalty on vanishing gradients, averages and a plateau")
  func others() throws {
    var random = RandomSource(seed: 6)
    let model = model(&random)
    let weights = model.layer.cell.hidden.recurrentWeights
    let before = weights.value
    // code: Docs/optimizers.md 5
    var optimizer = Momentum(
      model.parameters, learningRate: 0.01, momentum: .growing(maximum: 0.99), isNesterov: true)
    var average = ParameterAverage(model.parameters, weighting: .exponential(decay: 0.99))
    var plateau = PlateauDecay(patience: 2)
    let tape = Tape()
    let inputs = DenseArray.uniform([5, 32, 1], in: -1..<1, using: &random)
    for _ in 1...20 {
      tape.reset()
      let run = model.layer.scanned(tape.constant(inputs), options: ScanOptions(keeps: ["preactivation"]))
      let loss = meanSquaredError(model.readout(run.finalState), targets: inputs.row(0))
      if let kept = run.result.kept["preactivation"] {
        let penalty = vanishingGradientPenalty(
          of: loss, preactivations: kept, recurrentWeights: tape.parameter(weights)
        ) { a in 1 - tanh(a) * tanh(a) }
        optimizer.learningRate *= plateau.factor(after: loss.item)
        try optimizer.update(with: tape.gradients(of: loss + 0.1 * penalty))
      }
      average.record()
    }
    let averaged = average.withAverages { weights.value }
    // end
    #expect(!averaged.isBitIdentical(to: before) && !averaged.isBitIdentical(to: weights.value))
  }
}
