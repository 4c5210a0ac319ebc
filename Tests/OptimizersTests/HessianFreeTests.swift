import Autodiff
import DenseArrays
import Foundation
import Layers
import Optimizers
import Testing

@Suite("Conjugate gradients")
struct ConjugateGradientTests {
  /// A symmetric positive definite matrix with eigenvalues from 1 to 1 + n, roughly, and a gradient.
  private func problem(_ n: Int) -> (Rows, [Double]) {
    var random = RandomSource(seed: 2)
    let factor = DenseArray.normal([n, n], .float64, using: &random)
    let g = DenseArray.normal([n], .float64, using: &random).elements
    let rows = (0..<n).map { i in
      (0..<n).map { j in (0..<n).reduce(i == j ? 1.0 : 0) { $0 + factor[i, $1] * factor[j, $1] } }
    }
    return (rows, g)
  }

  @Test("end in at most n iterations, and the quadratic never rises", arguments: [1, 2, 5, 10], [false, true])
  func quadratic(n: Int, isPreconditioned: Bool) {
    let (matrix, g) = problem(n)
    let method = ConjugateGradients(relativeProgress: nil, residual: 1e-9)
    let preconditioner = isPreconditioned ? matrix.indices.map { Foundation.pow(matrix[$0][$0], 0.75) } : nil
    let start = isPreconditioned ? (0..<n).map { Double($0) } : nil
    let result = method.minimize(gradient: g, start: start, preconditioner: preconditioner) { apply(matrix, $0) }
    #expect(result.iterations <= n)
    for (before, after) in zip(result.values, result.values.dropFirst()) { #expect(after <= before + 1e-12) }
    // The values are those of the quadratic, of numbers up to some hundreds.
    func q(_ x: [Double]) -> Double {
      zip(zip(x, apply(matrix, x)), g).reduce(0) { $0 + 0.5 * $1.0.0 * $1.0.1 + $1.0.0 * $1.1 }
    }
    #expect(abs(result.values[0] - q(start ?? g.map { _ in 0 })) < 1e-12)
    for iterate in result.iterates {
      #expect(abs(iterate.value - q(iterate.point)) < 1e-11)
      #expect(iterate.value == result.values[iterate.iteration])
    }
    // Condition numbers of some tens, so that the residual bound of 1e-9 leaves 1e-7 of the point.
    let residual = zip(apply(matrix, result.point), g).map { $0 + $1 }
    #expect(residual.allSatisfy { abs($0) < 1e-7 })
    #expect(result.iterates.last?.point == result.point)
  }

  // Eigenvalues from 1 to 10^5: the rule holds first at iteration 224, where it looks 23 back.
  @Test("stop at the first iteration of too little progress over a tenth of all iterations")
  func progress() throws {
    let scales = (0..<200).map { Foundation.pow(10, 5 * Double($0) / 199) }
    let g = (0..<200).map { Foundation.cos(Double($0)) }
    func run(_ progress: Double?) -> ConjugateGradients.Result {
      ConjugateGradients(maximumIterations: 300, relativeProgress: progress).minimize(gradient: g) { v in
        zip(scales, v).map { $0 * $1 }
      }
    }
    let q = run(nil).values
    // Martens 2010, section 4.4.
    let first = q.indices.first { i in
      let k = max(10, Int((0.1 * Double(i)).rounded(.up)))
      return i > k && q[i] < 0 && (q[i] - q[i - k]) / q[i] < Double(k) * 5e-4
    }
    let expected = try #require(first)
    #expect(expected > 200 && run(5e-4).iterations == expected)
  }

  @Test("stop when progress is small, at the limit, and where there is no curvature")
  func stops() {
    let (matrix, g) = problem(40)
    let all = ConjugateGradients(relativeProgress: nil, residual: 1e-12).minimize(gradient: g) { apply(matrix, $0) }
    let coarse = ConjugateGradients(relativeProgress: 0.1).minimize(gradient: g) { apply(matrix, $0) }
    #expect(coarse.iterations < all.iterations && coarse.iterations > 10)
    #expect(ConjugateGradients(maximumIterations: 3).minimize(gradient: g) { apply(matrix, $0) }.iterations == 3)
    let flat = ConjugateGradients().minimize(gradient: [1, 2]) { _ in [0, 0] }
    #expect(flat.iterations == 0 && flat.point == [0, 0] && flat.iterates.count == 1)
    // Iterates at ceil(1.3^j): 1, 2, 3, 4, 5, 7, ...
    #expect(all.iterates.prefix(6).map(\.iteration) == [1, 2, 3, 4, 5, 7])
  }
}

@Suite("Hessian-free optimization")
struct HessianFreeTests {
  @Test("a quadratic is at its minimum after one step")
  func quadratic() throws {
    let net = SmallNet.linearRegression()
    var optimizer = HessianFree(net.parameters, damping: 0)
    optimizer.conjugateGradients = ConjugateGradients(relativeProgress: nil, residual: 1e-14)
    let tape = Tape(scalarType: .float64)
    let report = try optimizer.step(on: tape, net.record)
    #expect(net.recorded().gradient.allSatisfy { $0.elements.allSatisfy { abs($0) < 1e-12 } })
    #expect(abs(report.reductionRatio - 1) < 1e-12)
    #expect(report.stepSize == 1 && report.iterations <= 8 && report.newLoss < report.loss)
    #expect(abs(report.newLoss - net.recorded().loss.item) < 1e-15)
  }

  @Test("the loss never rises, the damping follows the ratio, and a restored state goes on to the bit")
  func recurrent() throws {
    let (net, copy) = (SmallNet.recurrent(), SmallNet.recurrent())
    var optimizer = HessianFree(net.parameters, damping: 0.5)
    optimizer.structuralDamping = 0.1
    var resumed = optimizer
    let tape = Tape(scalarType: .float64)
    var last = net.recorded().loss.item
    for step in 0..<8 {
      let report = try optimizer.step(on: tape, net.record)
      #expect(abs(report.loss - last) < 1e-14)
      #expect(report.newLoss <= report.loss)
      let factor = optimizer.damping / report.damping
      if report.reductionRatio > 0.75 {
        #expect(abs(factor - 1 / 1.5) < 1e-15)
      } else {
        #expect(abs(factor - (report.reductionRatio < 0.25 ? 1.5 : 1)) < 1e-15)
      }
      last = report.newLoss
      if step == 3 {
        resumed = HessianFree(copy.parameters)
        resumed.structuralDamping = 0.1
        try resumed.load(optimizer.state)
        for (new, old) in zip(copy.parameters, net.parameters) { new.parameter.value = old.parameter.value }
        _ = try resumed.step(on: Tape(scalarType: .float64), copy.record)
      }
      if step == 4 {
        for (new, old) in zip(copy.parameters, net.parameters) { #expect(new.parameter.value == old.parameter.value) }
        #expect(resumed.damping == optimizer.damping && resumed.stepCount == 5)
      }
    }
    #expect(last < 0.8)
    #expect(optimizer.state.prefix(2).map(\.name) == ["stepCount", "damping"])
  }

  @Test("the direction solves (G + lambda I + lambda mu K) x = -g, with one recording of the net for all products")
  func structural() throws {
    let (net, copy) = (SmallNet.recurrent(), SmallNet.recurrent())
    var optimizer = HessianFree(net.parameters, damping: 0.5)
    optimizer.structuralDamping = 0.2
    optimizer.conjugateGradients = ConjugateGradients(relativeProgress: nil, residual: 1e-14)
    var recordings = 0
    let report = try optimizer.step(
      on: Tape(scalarType: .float64),
      curvatureLoss: { tape in
        recordings += 1
        return net.record(tape)
      }, net.record)
    #expect(report.iterations > 10 && recordings == 1)
    let direction = optimizer.state.filter { $0.name.hasSuffix(".direction") }.map(\.array)
    let recorded = copy.recorded()
    let product = recorded.gaussNewton().product(direction, structuralDamping: 0.5 * 0.2)
    for ((image, x), g) in zip(zip(product, direction), recorded.gradient) {
      let residual = zip(zip(image.elements, x.elements), g.elements).map { $0.0 + 0.5 * $0.1 + $1 }
      #expect(residual.allSatisfy { abs($0) < 1e-10 })
    }
  }

  @Test("a curvature that is not finite is refused with a parameter's name, and nothing changes")
  func refusedCurvature() throws {
    let net = SmallNet.linearRegression()
    let weights = try #require(net.parameters["weights"])
    let bias = try #require(net.parameters["bias"])
    let broken = { (tape: Tape) in
      RecordedLoss(
        Linear(weights: weights, bias: bias)(tape.constant(DenseArray(repeating: .nan, shape: [2, 2], .float64))),
        .squaredError(targets: DenseArray(zeros: [2, 2], .float64)), of: net.parameters)
    }
    var optimizer = HessianFree(net.parameters)
    optimizer.preconditioner = nil
    let tape = Tape(scalarType: .float64)
    // Without and with a direction to start from.
    for stepCount in 0...1 {
      let values = net.parameters.map(\.parameter.value)
      #expect(throws: UpdateError.nonFiniteCurvature(parameter: "weights")) {
        try optimizer.step(on: tape, curvatureLoss: broken, net.record)
      }
      #expect(optimizer.stepCount == stepCount)
      for (parameter, value) in zip(net.parameters, values) {
        #expect(parameter.parameter.value.isBitIdentical(to: value))
      }
      try optimizer.step(on: tape, net.record)
    }
  }

  @Test("the curvature may come from a smaller batch than the gradient")
  func smallerBatch() throws {
    let layer = SmallNet.linearRegression()
    var random = RandomSource(seed: 3)
    let parameters = layer.parameters
    let (inputs, targets) = (
      DenseArray.normal([2, 2], .float64, using: &random), DenseArray.normal([2, 2], .float64, using: &random)
    )
    let weights = try #require(parameters["weights"])
    let bias = try #require(parameters["bias"])
    let small = { (tape: Tape) in
      RecordedLoss(
        Linear(weights: weights, bias: bias)(tape.constant(inputs)), .squaredError(targets: targets), of: parameters)
    }
    var optimizer = HessianFree(parameters, damping: 1)
    let tape = Tape(scalarType: .float64)
    for _ in 0..<20 {
      let report = try optimizer.step(on: tape, curvatureLoss: small, layer.record)
      #expect(report.newLoss <= report.loss)
    }
    #expect(layer.recorded().gradient.allSatisfy { $0.elements.allSatisfy { abs($0) < 1e-2 } })
  }

  @Test("a loss that is not finite is refused and nothing changes")
  func refused() throws {
    let net = SmallNet.linearRegression()
    let weights = try #require(net.parameters["weights"])
    weights.value = DenseArray(repeating: .nan, shape: weights.shape, .float64)
    var optimizer = HessianFree(net.parameters)
    let tape = Tape(scalarType: .float64)
    #expect(throws: UpdateError.self) { try optimizer.step(on: tape, net.record) }
    #expect(optimizer.stepCount == 0 && optimizer.damping == 1)
    // The tape has let go of the parameters.
    weights.value = DenseArray(zeros: weights.shape, .float64)
  }
}
