import Autodiff
import DenseArrays
import Foundation
import Layers
import Optimizers
import Testing

@Suite("Curvature products")
struct CurvatureProductTests {
  /// The Hessian of a loss in the outputs, by hand.
  private func outputHessian(_ recorded: RecordedLoss, _ name: String) -> Rows {
    let outputs = recorded.outputs.value.elements
    let count = outputs.count
    var rows = Rows(repeating: [Double](repeating: 0, count: count), count: count)
    switch name {
    case "linear regression":
      for index in 0..<count { rows[index][index] = 2 / Double(count) }
    case "perceptron":
      for (index, weight) in [1, 2, 0.5, 1].enumerated() {
        let p = 1 / (1 + Foundation.exp(-outputs[index]))
        rows[index][index] = weight / 4.5 * p * (1 - p)
      }
    default:
      for start in stride(from: 0, to: count, by: 3) {
        let powers = outputs[start..<start + 3].map { Foundation.exp($0) }
        let p = powers.map { $0 / powers.reduce(0, +) }
        for i in 0..<3 {
          for j in 0..<3 { rows[start + i][start + j] = ((i == j ? p[i] : 0) - p[i] * p[j]) / Double(count / 3) }
        }
      }
    }
    return rows
  }

  // Sums of some hundred products of numbers of size 1 at 1e-16 each; 1e-9 and 1e-10 are what the design asks for.
  @Test("Hv and Gv are those of the explicit matrices, symmetric and G positive", arguments: SmallNet.all())
  func products(net: SmallNet) {
    let recorded = net.recorded()
    let jacobian = recorded.jacobian(of: recorded.outputs)
    let explicitG = congruence(jacobian, outputHessian(recorded, net.testDescription))
    let explicitH = recorded.explicitHessian()
    let (g, h) = (recorded.gaussNewton(), recorded.hessian())
    #expect(net.parameters.elementCount <= 60)
    var random = RandomSource(seed: 9)
    var vectors: [[Double]] = []
    for _ in 0..<4 {
      vectors.append(DenseArray.normal([net.parameters.elementCount], .float64, using: &random).elements)
    }
    func flat(_ arrays: [DenseArray]) -> [Double] { arrays.flatMap(\.elements) }
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    for (v, w) in zip(vectors, vectors.dropFirst()) {
      let (gv, gw) = (flat(g.product(recorded.arrays(v))), flat(g.product(recorded.arrays(w))))
      let (hv, hw) = (flat(h.product(recorded.arrays(v))), flat(h.product(recorded.arrays(w))))
      #expect(areClose(gv, apply(explicitG, v), 1e-9))
      #expect(areClose(hv, apply(explicitH, v), 1e-9))
      #expect(abs(dot(v, hw) - dot(w, hv)) <= 1e-10 && abs(dot(v, gw) - dot(w, gv)) <= 1e-10)
      #expect(dot(v, gv) >= 0)
      if net.testDescription == "linear regression" { #expect(areClose(gv, hv, 1e-12)) }
    }
  }

  @Test("the factor S of the losses gives H_L = S S'", arguments: SmallNet.all())
  func factors(net: SmallNet) {
    let recorded = net.recorded()
    let outputs = recorded.outputs.value
    let loss = recorded.outputLoss
    func columns(_ product: (DenseArray) -> DenseArray) -> Rows {
      (0..<outputs.count).map { index in
        var unit = [Double](repeating: 0, count: outputs.count)
        unit[index] = 1
        return product(DenseArray(unit, shape: outputs.shape)).elements
      }
    }
    let hessian = columns { loss.hessianProduct(at: outputs, $0) }
    let factor = columns { loss.factorProduct(at: outputs, $0) }
    for i in hessian.indices {
      for j in hessian.indices {
        let product = factor.reduce(0) { $0 + $1[i] * $1[j] }
        #expect(abs(product - hessian[i][j]) < 1e-15)
      }
    }
  }

  @Test("structural damping adds the Gauss-Newton matrix of the hidden states")
  func structural() throws {
    let recorded = SmallNet.recurrent().recorded()
    let states = try #require(recorded.hiddenStates)
    let jacobian = recorded.jacobian(of: states)
    let count = states.count
    let identity = (0..<count).map { row in (0..<count).map { $0 == row ? 0.5 : 0 } }  // 1 / batch
    let explicit = congruence(jacobian, identity)
    let v = (0..<jacobian[0].count).map { Double($0 % 5) - 2 }
    let matrix = recorded.gaussNewton()
    let plain = matrix.product(recorded.arrays(v)).flatMap(\.elements)
    let damped = matrix.product(recorded.arrays(v), structuralDamping: 0.3).flatMap(\.elements)
    #expect(areClose(zip(damped, plain).map { $0 - $1 }, apply(explicit, v).map { 0.3 * $0 }, 1e-12))
    // States that are matrices are batches of as many sequences.
    let matrices = RecordedLoss(
      recorded.outputs, recorded.outputLoss, of: recorded.parameters, hiddenStates: states.reshaped(to: [4, 2, 2, 1]))
    let same = matrices.gaussNewton().product(recorded.arrays(v), structuralDamping: 0.3).flatMap(\.elements)
    #expect(areClose(same, damped, 1e-14))
  }
}

@Suite("Optimizers with a diagonal curvature")
struct CurvatureOptimizerTests {
  /// The same sample each time.
  struct Fixed: CurvatureEstimator {
    let values: [Double]
    func sample(_ recorded: RecordedLoss, using random: inout RandomSource) -> [DenseArray] {
      [DenseArray(values, shape: [values.count])]
    }
  }

  /// Samples of both signs that are others at each step: the parameters themselves.
  struct Changing: CurvatureEstimator {
    func sample(_ recorded: RecordedLoss, using random: inout RandomSource) -> [DenseArray] {
      recorded.parameters.map(\.parameter.value)
    }
  }

  private static let gradients: [[Double]] = [[1, -2, 0.5], [0.25, 1, -1], [-3, 0.125, 4]]

  struct Point: Module {
    let p = Parameter(DenseArray([0.5, -1.5, 2] as [Double], shape: [3]))
    /// A loss whose gradient is g.
    func recorded(_ g: [Double], _ tape: Tape) -> (RecordedLoss, Variable) {
      tape.reset()
      let recorded = RecordedLoss(
        tape.parameter(p).expanded(axis: 0), .squaredError(targets: DenseArray(zeros: [1, 3], .float64)), of: parameters
      )
      return (recorded, (tape.parameter(p) * tape.constant(DenseArray(g, shape: [3]))).sum())
    }
  }

  private func run(_ optimizer: inout some CurvatureOptimizer, _ point: Point) throws {
    let tape = Tape(scalarType: .float64)
    var random = RandomSource(seed: 1)
    for g in Self.gradients {
      let (recorded, loss) = point.recorded(g, tape)
      try optimizer.observe(recorded, using: &random)
      try optimizer.update(with: tape.gradients(of: loss))
    }
  }

  // Three steps of some ten operations on numbers of size 1.
  @Test("three steps follow the formulas")
  func formulas() throws {
    let point = Point()
    var free = DiagonalHessianFree(
      point.parameters, learningRate: 0.5, damping: 0.25, smoothing: 0.9, momentum: 0.5, estimator: Changing())
    try run(&free, point)
    var p = [0.5, -1.5, 2]
    var (v, d) = ([0.0, 0, 0], [0.0, 0, 0])
    for (t, g) in Self.gradients.enumerated() {
      for i in 0..<3 {
        d[i] = 0.9 * d[i] + 0.1 * p[i]
        v[i] = 0.5 * v[i] - g[i] / (abs(d[i] / (1 - Foundation.pow(0.9, Double(t + 1)))) + 0.25)
        p[i] += 0.5 * v[i]
      }
    }
    #expect(areClose(point.p.value.elements, p, 1e-14))

    for power in [1, 0.5] {
      let point = Point()
      var ada = AdaHessian(point.parameters, learningRate: 0.1, power: power, estimator: Changing())
      try run(&ada, point)
      p = [0.5, -1.5, 2]
      var m = [0.0, 0, 0]
      v = [0, 0, 0]
      for (t, g) in Self.gradients.enumerated() {
        let t = Double(t + 1)
        for i in 0..<3 {
          m[i] = 0.9 * m[i] + 0.1 * g[i]
          v[i] = 0.999 * v[i] + 0.001 * p[i] * p[i]
          let root = (v[i] / (1 - Foundation.pow(0.999, t))).squareRoot()
          p[i] -= 0.1 * m[i] / (1 - Foundation.pow(0.9, t)) / (Foundation.pow(root, power) + 1e-4)
        }
      }
      // The second moment's correction is 1 / (1 - 0.999), which loses three digits.
      #expect(areClose(point.p.value.elements, p, 1e-14), "\(power)")
    }

    let third = Point()
    var sophia = Sophia(third.parameters, learningRate: 0.1, gamma: 20, estimator: Changing())
    try run(&sophia, third)
    p = [0.5, -1.5, 2]
    var m = [0.0, 0, 0]
    var h = [0.0, 0, 0]
    for g in Self.gradients {
      for i in 0..<3 {
        m[i] = 0.96 * m[i] + (1 - 0.96) * g[i]
        h[i] = 0.99 * h[i] + (1 - 0.99) * p[i]
        p[i] -= 0.1 * min(max(m[i] / max(20 * h[i], 1e-12), -1), 1)
      }
    }
    #expect(areClose(third.p.value.elements, p, 1e-14))
  }

  @Test("the damping follows the reduction ratio, and the model's own reduction has ratio 1")
  func damping() throws {
    let point = Point()
    var optimizer = DiagonalHessianFree(point.parameters, damping: 1)
    let tape = Tape(scalarType: .float64)
    var random = RandomSource(seed: 1)
    let (recorded, _) = point.recorded([0, 0, 0], tape)
    let before = recorded.loss.item
    try optimizer.observe(recorded, using: &random)
    // The loss is p'p / 3, whose diagonal Gauss-Newton matrix 2 / 3 is exact for any signs.
    #expect(areClose(optimizer.diagonal[0].elements, [2.0 / 3, 2.0 / 3, 2.0 / 3], 1e-14))
    try optimizer.update(with: tape.gradients(of: recorded.loss))
    let (after, _) = point.recorded([0, 0, 0], tape)
    let ratio = optimizer.adaptDamping(lossBefore: before, lossAfter: after.loss.item)
    #expect(abs(ratio - 1) < 1e-13)
    #expect(optimizer.damping == 1 / 1.5)
    // Below a quarter, between, and above three quarters.
    for (share, factor) in [(0.2, 1.5), (0.3, 1), (0.7, 1), (0.8, 1 / 1.5)] {
      let last = optimizer.damping
      optimizer.adaptDamping(lossBefore: 0, lossAfter: share * optimizer.predictedChange)
      #expect(abs(optimizer.damping / last - factor) < 1e-15)
    }
    optimizer.adaptDamping(lossBefore: before, lossAfter: before + 1)
    #expect(abs(optimizer.damping - 1) < 1e-15)
    optimizer.adaptDamping(lossBefore: before, lossAfter: .nan)
    #expect(abs(optimizer.damping - 1.5) < 1e-15)
    tape.reset()
    let copy = Point()
    var resumed = DiagonalHessianFree(copy.parameters, damping: 7)
    try resumed.load(optimizer.state)
    #expect(resumed.damping == optimizer.damping && resumed.diagonal[0].elements == optimizer.diagonal[0].elements)
  }

  @Test("a curvature that is not finite is refused, and an update before any stops")
  func refused() async throws {
    let point = Point()
    var optimizer = Sophia(point.parameters, learningRate: 0.1, estimator: Fixed(values: [1, .nan, 1]))
    var random = RandomSource(seed: 1)
    let (recorded, _) = point.recorded([1, 1, 1], Tape(scalarType: .float64))
    #expect(throws: UpdateError.nonFiniteCurvature(parameter: "p")) {
      try optimizer.observe(recorded, using: &random)
    }
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let point = Point()
      var optimizer = AdaHessian(point.parameters)
      let tape = Tape(scalarType: .float64)
      let (_, loss) = point.recorded([1, 1, 1], tape)
      try optimizer.update(with: tape.gradients(of: loss))
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("AdaHessian: no curvature was observed before the update; call observe first\n"))
  }
  @Test("a recorded loss of other parameters and a sample of another shape stop")
  func mistakes() async {
    let parameters = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var optimizer = Sophia(Point().parameters, learningRate: 0.1)
      var random = RandomSource(seed: 1)
      try optimizer.observe(Point().recorded([1, 1, 1], Tape(scalarType: .float64)).0, using: &random)
    }
    let shape = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let point = Point()
      var optimizer = DiagonalHessianFree(point.parameters, estimator: Fixed(values: [1, 2]))
      var random = RandomSource(seed: 1)
      try optimizer.observe(point.recorded([1, 1, 1], Tape(scalarType: .float64)).0, using: &random)
    }
    let power = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = AdaHessian(Point().parameters, power: 1.5)
    }
    func output(_ result: ExitTest.Result?) -> String {
      String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }
    #expect(
      output(parameters).contains(
        "CurvatureOptimizer.observe: the recorded loss is of other parameters than the optimizer's\n"))
    #expect(
      output(shape).contains("CurvatureOptimizer.observe: a sample of shapes [[2]] for parameters of shapes [[3]]\n"))
    #expect(output(power).contains("AdaHessian: power 1.5; expected it in 0 ... 1\n"))
  }
}
