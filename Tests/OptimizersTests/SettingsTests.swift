import Autodiff
import DenseArrays
import Foundation
import Interchange
import Layers
import Optimizers
import Testing

@Suite("Settings of optimizers")
struct SettingsTests {
  @Test("a group has a learning rate and a weight decay of its own, or is frozen with its state")
  func groups() throws {
    let model = Parameters()
    let before = model.numbers
    var optimizer = SGD(model.parameters, learningRate: 1, weightDecay: .coupled(1))
    optimizer.groups = [ParameterGroup([model.second], learningRate: 0.5, weightDecay: WeightDecay.none)]
    try optimizer.update(with: model.gradients([1, 1, 1, 1, 1]))
    #expect(model.numbers == before[0..<3].map { $0 - (1 + $0) } + before[3...].map { $0 - 0.5 })

    let frozen = Parameters()
    var adam = Adam(frozen.parameters, learningRate: 1)
    adam.groups = [ParameterGroup([frozen.first], isFrozen: true)]
    // A frozen parameter's gradient is neither looked at nor measured.
    let report = try adam.update(with: frozen.gradients([.nan, 1, 1, 3, 4]))
    #expect(report.gradientNorm == 5)
    #expect(Array(frozen.numbers[0..<3]) == Array(before[0..<3]) && frozen.numbers[3] != before[3])
    #expect(adam.state.first { $0.name == "first.firstMoment" }?.array.elements == [0, 0, 0])
  }

  @Test("schedules multiply the learning rates, and zero is legal")
  func schedules() throws {
    let model = Parameters()
    let before = model.numbers
    var optimizer = SGD(model.parameters, learningRate: 1)
    optimizer.schedule = LearningRateSchedule { $0 == 0 ? 0 : 0.5 }
    try optimizer.update(with: model.gradients([1, 1, 1, 1, 1]))
    #expect(model.numbers == before)
    try optimizer.update(with: model.gradients([1, 1, 1, 1, 1]))
    #expect(model.numbers == before.map { $0 - 0.5 })

    #expect([0, 9, 10, 25].map { LearningRateSchedule.step(every: 10, factor: 0.5)($0) } == [1, 1, 0.5, 0.25])
    #expect([0, 1, 3].map { LearningRateSchedule.exponential(factor: 0.5)($0) } == [1, 0.5, 0.125])
    let cosine = LearningRateSchedule.cosine(steps: 4, final: 0.2)
    #expect(zip([0, 2, 4, 9].map { cosine($0) }, [1, 0.6, 0.2, 0.2]).allSatisfy { abs($0 - $1) < 1e-15 })
    let warmed = LearningRateSchedule.exponential(factor: 0.5).warmedUp(steps: 4)
    #expect([0, 1, 3, 4, 5].map { warmed($0) } == [0.25, 0.5, 1, 1, 0.5])
    #expect(LearningRateSchedule.constant(7) == 1)
  }

  @Test("a plateau halves the rate, and its state can be saved")
  func plateau() throws {
    var plateau = PlateauDecay(patience: 1)
    #expect([3, 2, 2, 1.9999, 2, .nan, 1].map { plateau.factor(after: $0) } == [1, 1, 1, 0.5, 1, 0.5, 1])
    _ = plateau.factor(after: 5)
    var resumed = PlateauDecay(patience: 1)
    try resumed.load(plateau.state)
    #expect(resumed.best == 1 && resumed.product == 0.25 && resumed.factor(after: 5) == 0.5)
    #expect(resumed.product == 0.125)
    for (index, value) in [(0, Double.nan), (2, -1), (2, .nan)] {
      var state = plateau.state
      state[index].array = DenseArray(scalar: value, .float64)
      #expect(throws: StateError.self) { try resumed.load(state) }
    }
    #expect(resumed.best == 1 && resumed.product == 0.125)
  }

  @Test("a learning rate or decay that is negative, infinite or NaN is refused and nothing changes")
  func refused() throws {
    for rate in [-0.1, .infinity, .nan] {
      let model = Parameters()
      let before = model.numbers
      var optimizer = Momentum(model.parameters, learningRate: rate)
      let error = #expect(throws: UpdateError.self) { try optimizer.update(with: model.gradients([1, 1, 1, 1, 1])) }
      #expect(error == .invalidLearningRate(rate))
      optimizer.learningRate = 1
      optimizer.schedule = LearningRateSchedule { _ in rate }
      #expect(throws: UpdateError.self) { try optimizer.update(with: model.gradients([1, 1, 1, 1, 1])) }
      optimizer.schedule = .constant
      optimizer.groups = [ParameterGroup([model.first], learningRate: rate)]
      #expect(throws: UpdateError.self) { try optimizer.update(with: model.gradients([1, 1, 1, 1, 1])) }
      optimizer.groups = []
      optimizer.weightDecay = .decoupled(rate)
      #expect(throws: UpdateError.invalidWeightDecay(rate)) {
        try optimizer.update(with: model.gradients([1, 1, 1, 1, 1]))
      }
      #expect(model.numbers == before && optimizer.stepCount == 0)
      #expect(optimizer.state[1].array.elements == [0, 0, 0])
    }
  }

  @Test("a share outside of 0 ..< 1 stops")
  func shares() async {
    let momentum = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Momentum(Parameters().parameters, learningRate: 1, momentum: 1)
    }
    let moments = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Adam(Parameters().parameters, beta2: -0.1)
    }
    let group = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var optimizer = SGD(Parameters().parameters, learningRate: 1)
      optimizer.groups = [ParameterGroup([Parameters().first])]
    }
    func output(_ result: ExitTest.Result?) -> String {
      String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }
    #expect(output(momentum).contains("MomentumSchedule: momentum 1.0; expected it in 0 ..< 1\n"))
    #expect(output(moments).contains("Optimizer: beta2 -0.1; expected it in 0 ..< 1\n"))
    #expect(output(group).contains("ParameterGroup: parameter \"first\" is not among the optimizer's\n"))
  }

  @Test("moments outside of 0 ..< 1 stop in every rule that has them")
  func moments() async {
    func expectStop(_ name: String, _ result: ExitTest.Result?) {
      let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(output.contains("Optimizer: \(name); expected it in 0 ..< 1\n"), "\(output)")
    }
    expectStop(
      "decay 1.0",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = RMSProp(Parameters().parameters, decay: 1)
      })
    expectStop(
      "beta1 nan",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = AdamW(Parameters().parameters, beta1: .nan)
      })
    expectStop(
      "beta1 1.5",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = AMSGrad(Parameters().parameters, beta1: 1.5)
      })
    expectStop(
      "beta2 inf",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Nadam(Parameters().parameters, beta2: .infinity)
      })
    expectStop(
      "beta2 1.0",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = AdaHessian(Parameters().parameters, beta2: 1)
      })
    expectStop(
      "beta1 -0.5",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Sophia(Parameters().parameters, learningRate: 1, beta1: -0.5)
      })
    expectStop(
      "smoothing 1.0",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = DiagonalHessianFree(Parameters().parameters, smoothing: 1)
      })
    expectStop(
      "decay -1.0",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = ParameterAverage(Parameters().parameters, weighting: .exponential(decay: -1))
      })
  }

  @Test("clipping by each parameter's norm scales each by itself and reports the raw norm")
  func parameterNorm() throws {
    let model = Parameters()
    let before = model.numbers
    var optimizer = SGD(model.parameters, learningRate: 1)
    optimizer.clipping = .parameterNorm(3)
    let report = try optimizer.update(with: model.gradients([2, -4, 4, 0, 2]))
    #expect(report == UpdateReport(gradientNorm: 40.squareRoot(), scale: 0.5))
    #expect(zip(before, model.numbers).map { $0 - $1 } == [1, -2, 2, 0, 2])
    let checked = try CheckedGradients(model.gradients([2, -4, 4, 0, 2]), of: model.parameters, .parameterNorm(3))
    #expect(checked[model.first].elements == [1, -2, 2] && checked[model.second].elements == [0, 2])
  }

  @Test("averages of parameters: uniform, exponential, used for a while, saved")
  func averages() throws {
    let model = Parameters()
    var uniform = ParameterAverage(model.parameters)
    var exponential = ParameterAverage(model.parameters, weighting: .exponential(decay: 0.5))
    for value in [1.0, 2, 6] {
      model.second.value = DenseArray(repeating: value, shape: [2, 1], .float64)
      uniform.record()
      exponential.record()
    }
    #expect(uniform.averages[1].elements == [3, 3])
    // (6 * 4 + 2 * 2 + 1) / 7.
    #expect(exponential.averages[1].elements.allSatisfy { abs($0 - 29.0 / 7) < 1e-15 })
    #expect(uniform.withAverages { model.second.value.elements } == [3, 3])
    #expect(model.second.value.elements == [6, 6])
    var resumed = ParameterAverage(model.parameters)
    try resumed.load(uniform.state)
    #expect(resumed.averages[1].elements == [3, 3] && resumed.count == 3)
  }

  @Test("a model and its optimizer are saved together, and a file that does not fit changes neither")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("training.safetensors").path
    let model = Parameters()
    var optimizer = Nadam(model.parameters)
    for step in threeGradients { try optimizer.update(with: model.gradients(step)) }
    try optimizer.save(with: model, to: path)

    let copy = Parameters()
    var other = Adam(copy.parameters)
    let before = copy.numbers
    #expect(throws: ModuleFileError.self) { try other.load(with: copy, from: path) }
    #expect(copy.numbers == before && other.stepCount == 0)
    var resumed = Nadam(copy.parameters)
    try resumed.load(with: copy, from: path)
    #expect(copy.numbers == model.numbers && resumed.stepCount == 3)
    try optimizer.update(with: model.gradients(threeGradients[0]))
    try resumed.update(with: copy.gradients(threeGradients[0]))
    #expect(copy.numbers == model.numbers)
  }
}
