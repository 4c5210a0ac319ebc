import DenseArrays
import Testing

@testable import Autodiff

@Suite("Random numbers and overrides in a scan")
struct ScanDrawTests {
  private static func run(
    _ tape: Tape, seed: UInt64, options: ScanOptions = ScanOptions(), isOwnLoop: Bool = false
  ) -> DenseArray {
    tape.reset()
    tape.randomSeed = seed
    let x = tape.constant(DenseArray(zeros: [6, 2, 3], .float64))
    func step(_ step: ScanStep, _ x: Variable, _ h: Variable) -> Variable {
      x + 0.5 * h + step.sequenceRandom(.normal, shape: [2, 3], site: 4)
        + 10 * step.random(.uniform, shape: [2, 3], site: 4)
    }
    if isOwnLoop {
      var h = tape.zeros([2, 3])
      return stack(
        (0..<6).map {
          h = step(ScanStep(tape: tape, index: $0), x[$0], h)
          return h
        }
      ).value
    }
    return scan([x], from: [tape.zeros([2, 3])], options: options) {
      let h = step($0, $1[0], $2[0])
      return ([h], [h])
    }.outputs[0].value
  }

  @Test("numbers of a sequence are the same at each step, those of a step others")
  func values() {
    let tape = Tape(scalarType: .float64)
    let found = Self.run(tape, seed: 3)
    let sequence = tape.random(.normal, shape: [2, 3], site: 4, step: -1).value.elements
    var h = [Double](repeating: 0, count: 6)
    for t in 0..<6 {
      let draw = tape.random(.uniform, shape: [2, 3], site: 4, step: t).value.elements
      for index in 0..<6 { h[index] = 0.5 * h[index] + sequence[index] + 10 * draw[index] }
      for (a, b) in zip(found.row(t).elements, h) { #expect(abs(a - b) < 1e-13) }
    }
  }

  // Sums of a few terms in another order.
  @Test("every way of running draws the same")
  func ways() {
    let tape = Tape(scalarType: .float64)
    let expected = Self.run(tape, seed: 3)
    var ways = [Self.run(tape, seed: 3, isOwnLoop: true)]
    for checkpointing in [ScanCheckpointing.none, .segments, .slots(2)] {
      for isUnrolled in [false, true] {
        ways.append(
          Self.run(tape, seed: 3, options: ScanOptions(checkpointing: checkpointing, isUnrolled: isUnrolled)))
      }
    }
    for way in ways { #expect(way.isClose(to: expected, tolerance: 1e-14)) }
    #expect(!Self.run(tape, seed: 4).isClose(to: expected, tolerance: 1e-3))
  }

  @Test("another seed needs no other program", arguments: [ScanCheckpointing.none, .segments])
  func programs(checkpointing: ScanCheckpointing) {
    let tape = Tape(scalarType: .float64)
    _ = Self.run(tape, seed: 0, options: ScanOptions(checkpointing: checkpointing))
    let count = tape.scanMemory.scans.count
    for seed in 1..<5 { _ = Self.run(tape, seed: UInt64(seed), options: ScanOptions(checkpointing: checkpointing)) }
    #expect(tape.scanMemory.scans.count == count)
  }

  @Test("overrides stand in for parameters and named values, inside of scans too, and nest")
  func overrides() {
    let tape = Tape(scalarType: .float64)
    let weight = Parameter(DenseArray([2.0], shape: [1]))
    func value() -> Variable { (3 * tape.parameter(weight)).named("tripled") }
    func scanned() -> Double {
      scan([tape.zeros([2, 1])], from: [tape.zeros([1])]) { step, x, h in
        let next = x[0] + h[0] + (3 * step.tape.parameter(weight)).named("tripled")
        return ([next], [next])
      }.outputs[0].value.elements[1]
    }
    #expect(value().item == 6)
    #expect(scanned() == 12)
    var outer = Overrides()
    outer.replace(weight, with: tape.constant(5, shape: [1]))
    outer.change(named: "tripled") { $0 + 1 }
    tape.overriding(outer) {
      #expect(value().item == 16)
      #expect(scanned() == 32)
      var inner = Overrides()
      inner.replace(weight, with: 2 * tape.parameter(weight))
      inner.change(named: "tripled") { 10 * $0 }
      tape.overriding(inner) {
        #expect(value().item == 301)
        #expect(scanned() == 602)
      }
      #expect(value().item == 16)
    }
    #expect(value().item == 6)
  }

  @Test("the gradient of a replaced parameter goes to what its replacement is made of")
  func gradientOfReplaced() {
    let tape = Tape(scalarType: .float64)
    let weight = Parameter(DenseArray([2.0], shape: [1]))
    var overrides = Overrides()
    overrides.replace(weight, with: square(tape.parameter(weight)))
    let loss = tape.overriding(overrides) { (3 * tape.parameter(weight)).sum() }
    #expect(tape.gradients(of: loss)[weight].elements == [12])
  }

  @Test("a replacement of another shape stops")
  func wrongShape() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var overrides = Overrides()
      overrides.replace(Parameter(DenseArray(zeros: [2, 3])), with: Tape().zeros([3, 2]))
    }
    expectMessage("Overrides: a variable of shape [3, 2] for a parameter of shape [2, 3]", in: result)
  }
}
