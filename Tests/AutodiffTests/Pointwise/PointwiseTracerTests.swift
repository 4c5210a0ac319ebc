import Autodiff
import Foundation
import Testing

struct PointwiseTracerTests {
  private func gatedUpdate(
    _ tracer: PointwiseTracer, scale: Double
  ) -> (program: PointwiseProgram, constants: [Double]) {
    tracer.begin(inputCount: 3)
    let f = tracer.input(0)
    let h = tracer.input(1)
    let c = tracer.input(2)
    let (program, constants) = tracer.finish(output: (1 - f) * h + f * tanh(scale * c))
    return (program, Array(constants))
  }

  @Test func `tracing again with another captured value finds the same program and other constants`() {
    let tracer = PointwiseTracer()
    let first = gatedUpdate(tracer, scale: 2)
    let second = gatedUpdate(tracer, scale: 1)
    #expect(first.program === second.program)
    #expect(first.constants == [2])
    #expect(second.constants == [1])
    #expect(tracer.programCount == 1)
    #expect(gatedUpdate(PointwiseTracer(), scale: 3).program == first.program)
  }

  @Test func `a traced program computes the closure`() {
    let (program, constants) = gatedUpdate(PointwiseTracer(), scale: 0.5)
    let f = [0.25, 0.5, 0.75]
    let h = [1.0, -2, 3]
    let c = [0.1, 0.2, -0.3]
    let result = program.apply([f, h, c], constants: constants)[0]
    for index in 0..<3 {
      let expected = (1 - f[index]) * h[index] + f[index] * Foundation.tanh(0.5 * c[index])
      #expect(abs(result[index] - expected) <= 1e-15 * (1 + abs(expected)))
    }
  }

  @Test func `written numbers are part of the program, captured ones are not`() {
    let tracer = PointwiseTracer()
    tracer.begin(inputCount: 1)
    let written = tracer.finish(output: 3 * tracer.input(0) + 0.5)
    #expect(written.constants.isEmpty)
    #expect(written.program.description == "t0 = multiply(%0, 3)\nt1 = add(t0, 0.5)\nreturn t1")
    let captured = 3.0
    tracer.begin(inputCount: 1)
    let other = tracer.finish(output: captured * tracer.input(0) + 0.5)
    #expect(Array(other.constants) == [3])
    #expect(other.program != written.program)
  }
}
