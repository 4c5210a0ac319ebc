import Autodiff
import DenseArrays
import GradientChecking
import Testing

/// Primitives without operands, and those that stop or replace gradients.
@Suite("Constants, draws, detached and straight-through values")
struct SourceTests {
  @Test("a draw depends on seed, site and step, and on nothing else")
  func draws() {
    func draw(seed: UInt64, site: Int, step: Int, before: Int = 0) -> DenseArray {
      let tape = Tape(scalarType: .float64)
      tape.randomSeed = seed
      for _ in 0..<before { _ = tape.random(.uniform, shape: [3], site: 9) }
      return tape.random(.normal, shape: [2, 3], site: site, step: step).value
    }
    let first = draw(seed: 1, site: 2, step: 3)
    #expect(first.isBitIdentical(to: draw(seed: 1, site: 2, step: 3, before: 4)))
    #expect(first != draw(seed: 2, site: 2, step: 3))
    #expect(first != draw(seed: 1, site: 3, step: 3))
    #expect(first != draw(seed: 1, site: 2, step: 4))
  }

  @Test("draws have the moments of their distributions", arguments: [ScalarType.float32, .float64])
  func moments(_ scalarType: ScalarType) {
    let tape = Tape(scalarType: scalarType)
    let count = 40_000
    func moments(_ distribution: RandomDistribution) -> (mean: Double, variance: Double) {
      let elements = tape.random(distribution, shape: [200, 200], site: 1).value.elements
      let mean = elements.reduce(0, +) / Double(count)
      return (mean, elements.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count))
    }
    // Five standard deviations of the mean of 40,000 numbers, and about as much for the variance.
    let uniform = moments(.uniform)
    #expect(abs(uniform.mean - 0.5) < 5 * 0.289 / 200)
    #expect(abs(uniform.variance - 1.0 / 12) < 0.003)
    let normal = moments(.normal)
    #expect(abs(normal.mean) < 5.0 / 200)
    #expect(abs(normal.variance - 1) < 0.04)
    let bernoulli = moments(.bernoulli(0.25))
    #expect(abs(bernoulli.mean - 0.25) < 5 * 0.433 / 200)
    #expect(tape.random(.bernoulli(1), shape: [50], site: 2).value == tape.constant(1, shape: [50]).value)
    #expect(tape.random(.bernoulli(0), shape: [50], site: 2).value == tape.zeros([50]).value)
  }

  @Test("a program draws the same numbers as the tape, and runs with one thread or two")
  func drawnProgram() {
    let tape = Tape(scalarType: .float64)
    let x = tape.variable(uniform([60, 70]))
    func dropout(_ x: Variable) -> Variable { x * x.tape.random(.bernoulli(0.5), shape: x.shape, site: 4, step: 2) }
    let eager = dropout(x).value
    let (program, _) = Program.record([(x.shape, .float64)], scalarType: .float64) { [dropout($0[0])] }
    #expect(program.run([x.value], execution: Execution(threads: 1))[0].isBitIdentical(to: eager))
    #expect(program.run([x.value], execution: Execution(threads: 2))[0].isBitIdentical(to: eager))
  }

  @Test("constants of every kind have their values, eager and as a program")
  func constants() {
    let array = DenseArray([1.0, 2])
    func function(_ x: Variable) -> Variable {
      x + x.tape.constant(array) * x.tape.constant(3) + x.tape.constant(0.5, shape: [2, 2]) + x.tape.zeros([])
    }
    let expected = DenseArray([4.5, 7.5, 5.5, 8.5], shape: [2, 2])
    let x = DenseArray([1.0, 1, 2, 2], shape: [2, 2])
    #expect(function(Tape(scalarType: .float64).variable(x)).value == expected)
    let (program, _) = Program.record([(x.shape, .float64)], scalarType: .float64) { [function($0[0])] }
    #expect(program.run([x])[0] == expected)
  }

  @Test("a detached value has no history: its part of the gradient is missing")
  func detached() {
    let tape = Tape(scalarType: .float64)
    let x = tape.variable(DenseArray([2.0, -3]))
    let y = (x * x.detach() * x).sum()
    #expect(y.item == 8 - 27)
    #expect(tape.gradients(of: [y], withRespectTo: [x])[0] == DenseArray([8.0, 18]))
    let tangent = tape.tangents(of: [y], along: [x], tangents: [DenseArray([1.0, 1])])[0]
    #expect(tangent.item == 26)
    let recorded = tape.recordedGradients(of: y, withRespectTo: [x])[0]
    #expect(recorded.value == DenseArray([8.0, 18]))
    // d(2 x d)/dx with d detached.
    #expect(tape.gradients(of: [recorded.sum()], withRespectTo: [x])[0] == DenseArray([4.0, -6]))
    #expect(!x.detach().isDifferentiable)
  }

  @Test("straight-through functions have their values and the derivative of the identity")
  func straightThrough() {
    let tape = Tape(scalarType: .float64)
    let x = tape.variable(DenseArray([0.6, -1.2, 2.5]))
    let rounded = roundStraightThrough(x)
    let stepped = stepStraightThrough(x)
    #expect(rounded.value == DenseArray([1.0, -1, 2]))
    #expect(stepped.value == DenseArray([1.0, 0, 1]))
    let y = (rounded * x + stepped * 3.0).sum()
    // x + r(x) from the product, because r' = 1, and 3 from the step.
    let expected: DenseArray = DenseArray([4.6, 0.8, 7.5])
    #expect(tape.gradients(of: [y], withRespectTo: [x])[0].isClose(to: expected, tolerance: 1e-15))
    let tangent = tape.tangents(of: [y], along: [x], tangents: [DenseArray([1.0, 10, 100])])[0]
    #expect(abs(tangent.item - 762.6) < 1e-12)
    let second = tape.hessian(of: y, withRespectTo: [x]).product([DenseArray([1.0, 1, 1])])[0]
    #expect(second == DenseArray([2.0, 2, 2]))
  }

  @Test("minimum and maximum give the whole gradient to one side of a tie")
  func ties() {
    let tape = Tape(scalarType: .float64)
    let a = tape.variable(DenseArray([1.0]))
    let b = tape.variable(DenseArray([1.0]))
    for result in [maximum(a, b), minimum(a, b)] {
      let gradients = tape.gradients(of: [result], withRespectTo: [a, b])
      #expect(gradients[0].item + gradients[1].item == 1)
    }
    let zero = tape.variable(DenseArray([0.0]))
    for result in [relu(zero), abs(zero), sign(zero)] {
      #expect(tape.gradients(of: [result], withRespectTo: [zero])[0].item == 0)
    }
  }

  @Test("a masked branch has a gradient of exactly zero, even where its own derivative is infinite")
  func maskedBranch() {
    let tape = Tape(scalarType: .float64)
    let x = tape.variable(DenseArray([0.0, 4]))
    let y = pointwise(x) { x in select(x .> 0, sqrt(x), 0 * x) }
    #expect(tape.gradients(of: [y.sum()], withRespectTo: [x])[0] == DenseArray([0.0, 0.25]))
  }
}
