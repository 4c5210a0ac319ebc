import Autodiff
import DenseArrays
import Layers
import Optimizers
import Testing

@Suite("Hessian-free optimization with the settings of other optimizers")
struct HessianFreeSettingsTests {
  /// Two numbers p with the loss (|p - 1|^2 + |p - 2|^2) / 4, whose gradient is p - 1.5 and whose Hessian is 1.
  private struct Point: Module {
    let first = Parameter(DenseArray([0.5] as [Double], shape: [1]), name: "first")
    let second = Parameter(DenseArray([-1] as [Double], shape: [1]), name: "second")

    func record(_ tape: Tape) -> RecordedLoss {
      let p = concatenate([tape.parameter(first), tape.parameter(second)], axis: 0).expanded(axis: 0)
      let targets = DenseArray([1, 1, 2, 2] as [Double], shape: [2, 2])
      return RecordedLoss(concatenate([p, p], axis: 0), .squaredError(targets: targets), of: parameters)
    }

    var numbers: [Double] { first.value.elements + second.value.elements }
  }

  private func optimizer(_ point: Point, _ decay: WeightDecay = .none) -> HessianFree {
    var optimizer = HessianFree(point.parameters, damping: 0, weightDecay: decay)
    optimizer.conjugateGradients = ConjugateGradients(relativeProgress: nil, residual: 1e-14)
    return optimizer
  }

  private let tape = Tape(scalarType: .float64)

  @Test("a frozen parameter stays, is no part of the search, and its gradient is not looked at")
  func frozen() throws {
    let point = Point()
    var optimizer = optimizer(point)
    optimizer.groups = [ParameterGroup([point.first], isFrozen: true)]
    let report = try optimizer.step(on: tape, point.record)
    #expect(point.first.value.elements == [0.5])
    #expect(abs(point.second.value.item - 1.5) < 1e-14)
    #expect(abs(report.gradientNorm - 2.5) < 1e-14 && report.iterations == 1)
    #expect(optimizer.state.first { $0.name == "first.direction" }?.array.elements == [0])
  }

  @Test("coupled weight decay is part of the loss, its gradient and its curvature")
  func coupled() throws {
    let point = Point()
    var optimizer = optimizer(point, .coupled(0.5))
    let report = try optimizer.step(on: tape, point.record)
    // The minimum of p^2 / 2 - 1.5 p + 0.25 p^2.
    #expect(point.numbers.allSatisfy { abs($0 - 1) < 1e-14 })
    #expect(abs(report.reductionRatio - 1) < 1e-13)
    // ((0.5^2 + 1.5^2) + (2^2 + 3^2)) / 4 + 0.25 (0.5^2 + 1).
    #expect(abs(report.loss - (15.5 / 4 + 0.3125)) < 1e-14)
  }

  @Test("decoupled weight decay shrinks the parameters apart from the search")
  func decoupled() throws {
    let point = Point()
    var optimizer = optimizer(point, .decoupled(0.25))
    try optimizer.step(on: tape, point.record)
    // 0.75 p and the step from p to 1.5.
    #expect(abs(point.numbers[0] - (0.375 + 1)) < 1e-14 && abs(point.numbers[1] - (-0.75 + 2.5)) < 1e-14)
  }

  @Test("learning rates are factors on the change, within the line search and the ratio")
  func rates() throws {
    let point = Point()
    var optimizer = optimizer(point)
    optimizer.schedule = LearningRateSchedule { _ in 0.5 }
    optimizer.groups = [ParameterGroup([point.second], learningRate: 0.2)]
    let report = try optimizer.step(on: tape, point.record)
    #expect(abs(point.numbers[0] - 1) < 1e-14 && abs(point.numbers[1] + 0.75) < 1e-14)
    #expect(abs(report.reductionRatio - 1) < 1e-13 && report.stepSize == 1)

    optimizer.schedule = LearningRateSchedule { _ in 0 }
    let before = point.numbers
    try optimizer.step(on: tape, point.record)
    #expect(point.numbers == before && optimizer.stepCount == 2)
  }

  @Test("the gradient is clipped and its raw norm reported")
  func clipping() throws {
    let point = Point()
    var optimizer = optimizer(point)
    optimizer.clipping = .globalNorm(0.5)
    let report = try optimizer.step(on: tape, point.record)
    // The gradient is (-1, -2.5), and the Hessian 1.
    let norm = (1 + 2.5 * 2.5).squareRoot()
    #expect(abs(report.gradientNorm - norm) < 1e-14)
    #expect(abs(point.numbers[0] - (0.5 + 0.5 / norm)) < 1e-14)
  }

  @Test("as any other optimizer it updates with gradients, from an objective")
  func existential() throws {
    let (point, other) = (Point(), Point())
    var free = optimizer(point)
    free.objective = HessianFree.Objective(on: tape, point.record)
    var optimizers: [any Optimizer] = [free, SGD(other.parameters, learningRate: 1)]
    for (index, point) in [point, other].enumerated() {
      let tape = Tape(scalarType: .float64)
      let report = try optimizers[index].update(with: tape.gradients(of: point.record(tape).loss))
      #expect(abs(report.gradientNorm - 7.25.squareRoot()) < 1e-14 && optimizers[index].stepCount == 1)
      #expect(point.numbers.allSatisfy { abs($0 - 1.5) < 1e-14 })
    }
    #expect((optimizers[0] as? HessianFree)?.lastReport?.stepSize == 1)
    #expect(optimizers[0].state.map(\.name) == ["stepCount", "damping", "first.direction", "second.direction"])
  }

  @Test("a bad rate, a bad decay, a gradient that is not finite and a bad state are refused, and nothing changes")
  func refused() throws {
    let point = Point()
    var optimizer = optimizer(point)
    let before = point.numbers
    for rate in [-1, .nan, .infinity] {
      optimizer.learningRate = rate
      #expect(throws: UpdateError.invalidLearningRate(rate)) { try optimizer.step(on: tape, point.record) }
      optimizer.learningRate = 1
      optimizer.weightDecay = .coupled(rate)
      #expect(throws: UpdateError.invalidWeightDecay(rate)) { try optimizer.step(on: tape, point.record) }
      optimizer.weightDecay = .none
    }
    let gradients = { (tape: Tape) in
      tape.gradients(of: (tape.parameter(point.second) * tape.constant(.nan, shape: [1])).sum())
    }
    optimizer.objective = HessianFree.Objective(on: tape, point.record)
    #expect(throws: UpdateError.nonFiniteGradient(parameter: "second", index: 0, value: .nan)) {
      try optimizer.update(with: gradients(Tape(scalarType: .float64)))
    }
    for damping in [-1, Double.nan] {
      var state = optimizer.state
      state[1].array = DenseArray(scalar: damping, .float64)
      #expect(throws: StateError.self) { try optimizer.load(state) }
    }
    #expect(point.numbers == before && optimizer.stepCount == 0 && optimizer.damping == 0)
  }

  @Test("an update without an objective and a recorded loss of other parameters stop")
  func mistakes() async {
    let objective = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let point = Point()
      var optimizer = HessianFree(point.parameters)
      let tape = Tape(scalarType: .float64)
      try optimizer.update(with: tape.gradients(of: point.record(tape).loss))
    }
    let parameters = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let point = Point()
      var optimizer = HessianFree(point.parameters)
      try optimizer.step(on: Tape(scalarType: .float64), curvatureLoss: Point().record, point.record)
    }
    let damping = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = HessianFree(Point().parameters, damping: -1)
    }
    let structural = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var optimizer = HessianFree(Point().parameters)
      optimizer.structuralDamping = .nan
    }
    let factor = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var optimizer = HessianFree(Point().parameters)
      optimizer.dampingFactor = 0.5
    }
    func output(_ result: ExitTest.Result?) -> String {
      String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }
    #expect(output(objective).contains("HessianFree: an update without an objective; set it, or call step\n"))
    #expect(
      output(parameters).contains("HessianFree: the recorded loss is of other parameters than the optimizer's\n"))
    #expect(output(structural).contains("Optimizer: structuralDamping nan; expected a finite number, 0 or more\n"))
    #expect(output(factor).contains("HessianFree: dampingFactor 0.5; expected a finite number, 1 or more\n"))
    #expect(output(damping).contains("Optimizer: damping -1.0; expected a finite number, 0 or more\n"))
  }
}
