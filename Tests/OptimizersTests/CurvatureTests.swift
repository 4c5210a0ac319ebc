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
  }
}

@Suite("Diagonal estimators are unbiased, exactly")
struct EstimatorTests {
  /// The mean of an estimator's samples over all sign vectors.
  private func mean(_ estimator: some SignCurvatureEstimator, _ net: SmallNet) -> [Double] {
    let tape = Tape(scalarType: .float64)
    let shapes = estimator.signShapes(for: net.record(tape))
    let count = shapes.reduce(0) { $0 + $1.count }
    precondition(count <= 12)
    var sum = [Double](repeating: 0, count: net.parameters.elementCount)
    for bits in 0..<1 << count {
      tape.reset()
      var position = 0
      let signs = shapes.map { shape in
        defer { position += shape.count }
        return DenseArray((0..<shape.count).map { bits >> (position + $0) & 1 == 0 ? -1.0 : 1 }, shape: shape)
      }
      let sample = estimator.sample(net.record(tape), signs: signs).flatMap(\.elements)
      for index in sum.indices { sum[index] += sample[index] }
    }
    return sum.map { $0 / Double(1 << count) }
  }

  private func diagonal(_ matrix: Rows) -> [Double] { matrix.indices.map { matrix[$0][$0] } }

  /// The Gauss-Newton matrix from its products, which are checked against explicit ones elsewhere.
  private func gaussNewton(_ net: SmallNet) -> Rows {
    let recorded = net.recorded()
    let matrix = recorded.gaussNewton()
    let count = net.parameters.elementCount
    return (0..<count).map { index in
      var unit = [Double](repeating: 0, count: count)
      unit[index] = 1
      return matrix.product(recorded.arrays(unit)).flatMap(\.elements)
    }
  }

  // Means over up to 4096 samples of numbers up to some tens: sums are good to 1e-12.
  @Test(
    "Gauss-Newton by random signs, with time steps that share weights",
    arguments: [SmallNet.softmaxRegression(), .linearRegression(), .perceptron(), .recurrent(steps: 2, batch: 2)])
  func gaussNewtonDiagonal(net: SmallNet) {
    #expect(areClose(mean(GaussNewtonDiagonal(), net), diagonal(gaussNewton(net)), 1e-12))
  }

  @Test("Hutchinson's diagonal", arguments: [SmallNet.softmaxRegression(), .linearRegression()])
  func hutchinson(net: SmallNet) {
    #expect(areClose(mean(HutchinsonDiagonal(), net), diagonal(net.recorded().explicitHessian()), 1e-12))
  }

  @Test("equilibration: squared norms of the Hessian's rows", arguments: [SmallNet.softmaxRegression()])
  func equilibration(net: SmallNet) {
    let norms = net.recorded().explicitHessian().map { $0.reduce(0) { $0 + $1 * $1 } }
    #expect(areClose(mean(Equilibration(), net), norms, 1e-12))
    #expect(Equilibration().exponent == 0.5)
  }

  @Test("the empirical Fisher diagonal is the mean of the examples' squared gradients")
  func fisher() {
    let net = SmallNet.recurrent()
    let recorded = net.recorded()
    // The gradient of each sequence's loss: the part of the mean that is the sequence's, times the two sequences.
    let outputGradient = recorded.tape.gradients(of: [recorded.loss], withRespectTo: [recorded.outputs])[0]
    var expected = [Double](repeating: 0, count: net.parameters.elementCount)
    for example in 0..<2 {
      let part = outputGradient.elements.enumerated().map { $0 / 3 % 2 == example ? 2 * $1 : 0 }
      let gradient = recorded.transposedJacobianProduct(DenseArray(part, shape: outputGradient.shape))
      for (index, g) in gradient.flatMap(\.elements).enumerated() { expected[index] += g * g / 2 }
    }
    #expect(areClose(mean(EmpiricalFisherDiagonal(), net), expected, 1e-13))
  }

  @Test("targets that the net predicts, all of them weighted by their probabilities")
  func sampledTargets() {
    let net = SmallNet.softmaxRegression()
    let p = net.recorded().outputs.value.elements.map { Foundation.exp($0) }
    var sum = [Double](repeating: 0, count: 9)
    for first in 0..<3 {
      for second in 0..<3 {
        let recorded = net.recorded()
        let labels = DenseArray([Int32(first), Int32(second)], shape: [2])
        let sample = SampledTargetDiagonal().sample(recorded, targets: .softmaxCrossEntropy(labels: labels))
        let probability = p[first] / p[0..<3].reduce(0, +) * p[3 + second] / p[3..<6].reduce(0, +)
        for (index, value) in sample.flatMap(\.elements).enumerated() { sum[index] += probability * value }
      }
    }
    #expect(areClose(sum, diagonal(gaussNewton(net)), 1e-13))
  }

  @Test("Becker and LeCun's diagonal is that of the Gauss-Newton matrix with one hidden layer")
  func diagonalBackpropagation() {
    let net = SmallNet.perceptron()
    var random = RandomSource(seed: 1)
    let found = DiagonalBackpropagation().sample(net.recorded(), using: &random).flatMap(\.elements)
    #expect(areClose(found, diagonal(gaussNewton(net)), 1e-13))
  }

  @Test("drawn targets have the shapes and values of the loss's own")
  func draws() {
    var random = RandomSource(seed: 1)
    for net in SmallNet.all() {
      let recorded = net.recorded()
      let loss = recorded.outputLoss.sampled(at: recorded.outputs.value, using: &random)
      #expect(loss(recorded.outputs).item.isFinite)
      let estimate = SampledTargetDiagonal().estimate(recorded, samples: 3, using: &random)
      #expect(estimate.map(\.shape) == net.parameters.map(\.parameter.shape))
      #expect(estimate.allSatisfy { $0.elements.allSatisfy { $0 >= 0 } })
    }
  }
}

@Suite("Optimizers with a diagonal curvature")
struct CurvatureOptimizerTests {
  /// Samples that are given one after the other.
  struct Fixed: CurvatureEstimator {
    let values: [Double]
    func sample(_ recorded: RecordedLoss, using random: inout RandomSource) -> [DenseArray] {
      recorded.parameters.map { DenseArray(values[0..<$0.parameter.shape.count], shape: $0.parameter.shape) }
    }
  }

  private static let curvature = [0.5, 2, 0.25]
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
    let estimator = Fixed(values: Self.curvature)
    let point = Point()
    var free = DiagonalHessianFree(
      point.parameters, learningRate: 0.5, damping: 0.25, smoothing: 0.9, momentum: 0.5, estimator: estimator)
    try run(&free, point)
    var p = [0.5, -1.5, 2]
    var v = [0.0, 0, 0]
    for g in Self.gradients {
      for i in 0..<3 {
        v[i] = 0.5 * v[i] - g[i] / (Self.curvature[i] + 0.25)
        p[i] += 0.5 * v[i]
      }
    }
    #expect(areClose(point.p.value.elements, p, 1e-14))

    let second = Point()
    var ada = AdaHessian(second.parameters, learningRate: 0.1, estimator: estimator)
    try run(&ada, second)
    p = [0.5, -1.5, 2]
    var m = [0.0, 0, 0]
    for (t, g) in Self.gradients.enumerated() {
      for i in 0..<3 {
        m[i] = 0.9 * m[i] + 0.1 * g[i]
        p[i] -= 0.1 * m[i] / (1 - Foundation.pow(0.9, Double(t + 1))) / (Self.curvature[i] + 1e-4)
      }
    }
    #expect(areClose(second.p.value.elements, p, 1e-14))

    let third = Point()
    var sophia = Sophia(third.parameters, learningRate: 0.1, gamma: 20, estimator: estimator)
    try run(&sophia, third)
    p = [0.5, -1.5, 2]
    m = [0, 0, 0]
    var h = [0.0, 0, 0]
    for g in Self.gradients {
      for i in 0..<3 {
        m[i] = 0.96 * m[i] + (1 - 0.96) * g[i]
        h[i] = 0.99 * h[i] + (1 - 0.99) * Self.curvature[i]
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
}
