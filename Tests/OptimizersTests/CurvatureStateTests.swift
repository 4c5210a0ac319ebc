import Autodiff
import DenseArrays
import Foundation
import Layers
import Optimizers
import Testing

@Suite("State of optimizers with a diagonal curvature")
struct CurvatureStateTests {
  static let names = ["DiagonalHessianFree", "AdaHessian", "Sophia-G", "Sophia-H", "equilibration"]

  private func make(_ name: String, _ parameters: NamedParameters) -> any CurvatureOptimizer {
    switch name {
    case "DiagonalHessianFree": DiagonalHessianFree(parameters, learningRate: 0.1, momentum: 0.5)
    case "AdaHessian": AdaHessian(parameters, learningRate: 0.1)
    case "Sophia-G": Sophia(parameters, learningRate: 0.1)
    case "Sophia-H": Sophia(parameters, learningRate: 0.1, estimator: HutchinsonDiagonal())
    default: DiagonalHessianFree(parameters, learningRate: 0.1, estimator: Equilibration())
    }
  }

  private func step(_ optimizer: inout any CurvatureOptimizer, _ net: SmallNet, seed: UInt64) throws {
    let recorded = net.recorded()
    var random = RandomSource(seed: seed)
    try optimizer.observe(recorded, using: &random)
    try optimizer.update(with: recorded.tape.gradients(of: recorded.loss))
  }

  @Test("a restored optimizer goes on as the saved one does, to the bit", arguments: names)
  func resumed(name: String) throws {
    let (net, copy) = (SmallNet.perceptron(), SmallNet.perceptron())
    var optimizer = make(name, net.parameters)
    for seed in 1...3 { try step(&optimizer, net, seed: UInt64(seed)) }
    for (new, old) in zip(copy.parameters, net.parameters) { new.parameter.value = old.parameter.value }
    var resumed = make(name, copy.parameters)
    try resumed.load(optimizer.state)
    for seed in 4...5 {
      try step(&optimizer, net, seed: UInt64(seed))
      try step(&resumed, copy, seed: UInt64(seed))
    }
    for (new, old) in zip(copy.parameters, net.parameters) {
      #expect(new.parameter.value.isBitIdentical(to: old.parameter.value))
    }
    #expect(resumed.stepCount == 5)
  }

  @Test("a gradient that is not finite is refused, and nothing changes", arguments: names)
  func refused(name: String) throws {
    let net = SmallNet.perceptron()
    var optimizer = make(name, net.parameters)
    try step(&optimizer, net, seed: 1)
    let values = net.parameters.map { $0.parameter.value }
    let state = optimizer.state
    let recorded = net.recorded()
    let gradients = recorded.tape.gradients(of: recorded.loss * Double.nan)
    #expect(throws: UpdateError.self) { try optimizer.update(with: gradients) }
    #expect(optimizer.stepCount == 1)
    for (new, old) in zip(net.parameters, values) { #expect(new.parameter.value.isBitIdentical(to: old)) }
    #expect(optimizer.state.map(\.name) == state.map(\.name))
    for (new, old) in zip(optimizer.state, state) { #expect(new.array.isBitIdentical(to: old.array), "\(old.name)") }
  }

  @Test("a saved number that is out of range is refused, and nothing changes")
  func numbers() throws {
    let net = SmallNet.perceptron()
    var sophia: any Optimizer = Sophia(net.parameters, learningRate: 0.1)
    var nadam: any Optimizer = Nadam(net.parameters)
    func refuse(_ optimizer: inout any Optimizer, _ name: String, _ values: [Double], _ expected: String) throws {
      let before = optimizer.state
      for value in values {
        var state = before
        let index = try #require(state.firstIndex { $0.name == name })
        state[index].array = DenseArray(scalar: value, .float64)
        state[0].array = DenseArray([9] as [Int32], shape: [])
        let error = #expect(throws: StateError.self) { try optimizer.load(state) }
        #expect(error?.description == "\"\(name)\": expected \(expected), found \(value)")
        for (new, old) in zip(optimizer.state, before) { #expect(new.array.isBitIdentical(to: old.array)) }
      }
    }
    try refuse(&sophia, "observationCount", [-1, 0.5, .nan, .infinity], "a whole number, 0 or more")
    try refuse(&nadam, "momentumProduct", [-0.5, 1.5, .nan], "a number from 0 to 1")
  }

  /// Samples that are squares of a diagonal.
  private struct Squares: CurvatureEstimator {
    var exponent: Double { 0.5 }
    let value: Double
    func sample(_ recorded: RecordedLoss, using random: inout RandomSource) -> [DenseArray] {
      recorded.parameters.map { DenseArray(repeating: value, shape: $0.parameter.shape, .float64) }
    }
  }

  // Dauphin et al. 2015, algorithm 1: the gradient over the root of the mean of squares, 4 here; one step from 1 along 1.
  @Test("the root of an average of squares is what equilibration divides by")
  func roots() throws {
    struct Model: Module { let p = Parameter(DenseArray([1] as [Double], shape: [1]), name: "p") }
    func moved(_ make: (NamedParameters) -> any CurvatureOptimizer) throws -> Double {
      let model = Model()
      var optimizer = make(model.parameters)
      let tape = Tape(scalarType: .float64)
      var random = RandomSource(seed: 1)
      let recorded = RecordedLoss(
        tape.parameter(model.p).expanded(axis: 0), .squaredError(targets: DenseArray(zeros: [1, 1], .float64)),
        of: model.parameters)
      for _ in 0..<3 { try optimizer.observe(recorded, using: &random) }
      try optimizer.update(with: tape.gradients(of: tape.parameter(model.p).sum()))
      return 1 - model.p.value.item
    }
    let squares = Squares(value: 16)
    #expect(abs(try moved { DiagonalHessianFree($0, damping: 1, estimator: squares) } - 1.0 / 5) < 1e-14)
    #expect(abs(try moved { AdaHessian($0, learningRate: 1, epsilon: 0, estimator: squares) } - 1.0 / 4) < 1e-14)
  }
}
