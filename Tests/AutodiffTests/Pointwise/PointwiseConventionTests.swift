import Autodiff
import Foundation
import Testing

/// Simplifications and the conventions at ties, kinks, masks, NaN and infinities.
struct PointwiseConventionTests {
  private func trace(
    _ inputs: Int, _ body: ([PointwiseScalar]) -> PointwiseScalar
  ) -> (program: PointwiseProgram, constants: [Double]) {
    let tracer = PointwiseTracer()
    tracer.begin(inputCount: inputs)
    let (program, constants) = tracer.finish(output: body((0..<inputs).map { tracer.input($0) }))
    return (program, Array(constants))
  }

  /// The derivative with cotangent 1 at some points.
  private func slope(_ points: [Double], _ body: (PointwiseScalar) -> PointwiseScalar) -> [Double] {
    let (program, constants) = trace(1) { body($0[0]) }
    let augmented = program.savingIntermediates()
    let outputs = augmented.apply([points], constants: constants)
    return augmented.adjoint(withRespectTo: 1, seeds: 1).run(
      inputs: [points], outputs: outputs, seeds: [points.map { _ in 1 }], constants: constants)[0]
  }

  @Test func `what needs no computation is not computed`() {
    #expect(trace(1) { $0[0] * 1 + 0 }.program.operationCount == 0)
    #expect(trace(1) { -(-$0[0]) / 1 }.program.operationCount == 0)
    #expect(trace(2) { $0[0] - -$0[1] }.program.description == "t0 = add(%0, %1)\nreturn t0")
    #expect(trace(2) { ($0[0] + $0[1]) * ($0[1] + $0[0]) }.program.operationCount == 2)
    #expect(
      trace(1) {
        _ = tanh($0[0])
        return $0[0] * 2
      }.program.operationCount == 1)
    #expect(trace(1) { pow($0[0], 2) }.program.description == "t0 = multiply(%0, %0)\nreturn t0")
  }

  @Test func `products with zero and differences of equals keep NaN`() {
    let (zero, _) = trace(1) { $0[0] * 0 }
    #expect(zero.apply([[.nan, .infinity, 2]])[0].map(\.isNaN) == [true, true, false])
    let (difference, _) = trace(1) { $0[0] - $0[0] }
    #expect(difference.apply([[.infinity, 1]])[0].map(\.isNaN) == [true, false])
  }

  @Test func `a captured number is never folded into the program`() {
    for value in [0.0, 1, -1, 2] {
      let (program, constants) = trace(1) { $0[0] * value }
      #expect(program.operationCount == 1)
      #expect(constants == [value])
    }
  }

  @Test func `the branch that select does not take has derivative exactly 0`() {
    // log x is -infinity at 0 and NaN below; its derivative is infinite at 0.
    #expect(slope([-1, 0, 2]) { select($0 .> 0, log($0), 0) } == [0, 0, 0.5])
    #expect(slope([-1, 0, 4]) { select($0 .> 0, sqrt($0), $0) } == [1, 1, 0.25])
    #expect(slope([0, 2]) { 3 * select($0 .> 0, 1 / $0, 0) + $0 } == [1, 1 - 0.75])
    // The mask reaches through sums of branches.
    #expect(slope([0, 2]) { x in select(x .> 0, log(x), x) + select(x .> 0, 1 / x, 2 * x) } == [3, 0.25])
  }

  @Test func `second derivatives of masked branches are exactly 0 too, saved intermediates included`() {
    let points = [-1.0, 0, 2]
    let (program, _) = trace(1) { select($0[0] .> 0, log($0[0]) * sqrt($0[0]), 0) }
    let augmented = program.savingIntermediates()
    let outputs = augmented.apply([points])
    let ones = points.map { _ in 1.0 }
    let second = augmented.adjoint(withRespectTo: 1, seeds: 1).adjointOfTargets(
      of: augmented, inputs: [points], outputs: outputs, seeds: [ones], weights: [ones], constants: [])[0]
    #expect(second[0] == 0 && second[1] == 0)
    // (log x sqrt x)'' = -log x / (4 x^1.5)
    #expect(abs(second[2] + Foundation.log(2) / (4 * Foundation.pow(2, 1.5))) < 1e-14)
  }

  @Test func `ties and kinks`() {
    #expect(slope([-1, 0, 1]) { relu($0) } == [0, 0, 1])
    #expect(slope([-1, 0, 1]) { maximum(0, $0) } == [0, 0, 1])
    let limit = 1.0
    #expect(slope([0, 1, 2]) { minimum(limit, $0) } == [1, 0, 0])
    #expect(slope([-2, 0, 3]) { abs($0) } == [-1, 0, 1])
    #expect(slope([0.4, 1.5]) { floor($0) + ceil($0) + round($0) + sign($0) + step($0) } == [0, 0])
    #expect(slope([0.4, 1.5]) { roundStraightThrough($0) * 2 } == [2, 2])
    #expect(slope([-1, 1]) { stepStraightThrough($0) } == [1, 1])
    // A surrogate derivative, as spiking networks use: the value of a step, the slope of a sigmoid.
    let surrogate = slope([0.5]) { straightThrough(step($0), derivativeOf: sigmoid(4 * $0)) }[0]
    let s = 1 / (1 + Foundation.exp(-2.0))
    #expect(abs(surrogate - 4 * s * (1 - s)) < 1e-15)
    let (tie, _) = trace(2) { maximum($0[0], $0[1]) }
    let derivative = tie.adjoint(withRespectTo: 3, seeds: 1).run(
      inputs: [[1], [1]], outputs: [[1]], seeds: [[5]], constants: [])
    #expect(derivative == [[0], [5]])
  }

  @Test func `powers at zero and with exponent zero`() {
    let exponent = 0.0
    #expect(slope([0, 2]) { pow($0, exponent) } == [0, 0])
    #expect(slope([0, 2]) { pow($0, 1) } == [1, 1])
    #expect(slope([0, -3]) { pow($0, 3) } == [0, 27])
    // x^p in p at x = 0: the value is 0 for p > 0 around.
    #expect(slope([2]) { pow(0 * $0, $0) } == [0])
    let exponential = slope([2]) { pow(3, $0) }[0]
    #expect(abs(exponential - 9 * Foundation.log(3)) < 1e-13)
  }

  @Test func `sums need no derivative program`() {
    let derivative = PointwiseProgram.add.adjoint(withRespectTo: 3, seeds: 1)
    #expect(derivative.targets == [.seed(0), .seed(0)])
    #expect(derivative.program.outputCount == 0)
    #expect(derivative.operands.isEmpty)
    #expect(PointwiseProgram.floor.adjoint(withRespectTo: 1, seeds: 1).targets == [.zero])
    #expect(PointwiseProgram.multiply.adjoint(withRespectTo: 1, seeds: 1).operands == [.input(1), .seed(0)])
    #expect(PointwiseProgram.tanh.adjoint(withRespectTo: 1, seeds: 1).operands == [.output(0), .seed(0)])
    #expect(PointwiseProgram.subtract.tangent(inputs: 1).targets == [.seed(0)])
  }

  @Test func `derived programs are made once`() {
    let program = PointwiseProgram.sigmoid
    #expect(
      program.adjoint(withRespectTo: 1, seeds: 1).program === program.adjoint(withRespectTo: 1, seeds: 1).program)
    #expect(program.savingIntermediates() === program)
  }

  @Test func `masks combine`() {
    let (program, constants) = trace(2) { x in
      select((x[0] .> 0) .& (x[1] .<= 2) .| .!(x[0] .>= -5), 1, 0)
    }
    let a = [1.0, 1, -1, -6, .nan]
    let b = [1.0, 3, 0, 9, 0]
    #expect(program.apply([a, b], constants: constants)[0] == [1, 0, 0, 1, 1])
  }
}
