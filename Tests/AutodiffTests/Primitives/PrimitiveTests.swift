import DenseArrays
import GradientChecking
import Testing

@testable import Autodiff

/// What has to be true of every primitive, for every shape, broadcast and transposition.
@Suite("Every primitive")
struct PrimitiveTests {
  @Test("has the values of a naive implementation, in float64 and in float32", arguments: PrimitiveCase.all)
  func values(_ test: PrimitiveCase) {
    let expected = test.reference(test.inputs.map { NaiveArray($0) })
    let exact = test.record(on: Tape(scalarType: .float64)).output.value
    #expect(Array(exact.shape) == expected.shape)
    let reference = DenseArray(expected.elements, shape: Shape(expected.shape))
    // Both sides round a few times, and sums of up to 20 terms are added in another order.
    #expect(exact.isClose(to: reference, tolerance: 1e-14), "\(exact) is not \(reference)")
    let single = test.record(on: Tape(scalarType: .float32)).output.value
    #expect(single.scalarType == .float32)
    #expect(single.isClose(to: reference, tolerance: 1e-5), "\(single) is not \(reference)")
  }

  @Test("satisfies <u, Jv> = <J'u, v>", arguments: PrimitiveCase.all)
  func adjointIdentity(_ test: PrimitiveCase) {
    let tape = Tape(scalarType: .float64)
    let (output, _, variables) = test.record(on: tape)
    for seed in 0..<3 as Range<UInt64> {
      let v = variables.enumerated().map { uniform($1.shape, seed: 100 + 10 * seed + UInt64($0)) }
      let u = uniform(output.shape, seed: 200 + seed)
      let product = tape.tangents(of: [output], along: variables, tangents: v)[0]
      let transposed = tape.gradients(of: [output], seeds: [u], withRespectTo: variables)
      let difference = abs(dot(u, product) - dot(transposed, v))
      #expect(difference <= 1e-12 * norm(u) * norm(product) + 1e-300)
    }
  }

  @Test("has the first and second derivatives that five-point differences find", arguments: PrimitiveCase.all)
  func differences(_ test: PrimitiveCase) {
    var options = GradientCheckOptions()
    // Values and derivatives here are near 1, so that the differences are good to some 1e-11.
    options.tolerance = 1e-9
    options.adjointTolerance = 1e-12
    options.elementLimit = 64
    let report = checkGradients(at: test.inputs, options: options) { test.function($0) }
    #expect(report.passed, "\(report)")
    #expect(report.resamples == 0)
  }

  @Test(
    "has the same gradients from a recorded sweep as from a plain one, and the same tangents",
    arguments: PrimitiveCase.all)
  func recordedSweeps(_ test: PrimitiveCase) {
    let tape = Tape(scalarType: .float64)
    let (output, _, variables) = test.record(on: tape)
    let seed = uniform(output.shape, seed: 300)
    let plain = tape.gradients(of: [output], seeds: [seed], withRespectTo: variables)
    let v = variables.enumerated().map { uniform($1.shape, seed: 310 + UInt64($0)) }
    let tangent = tape.tangents(of: [output], along: variables, tangents: v)[0]
    let recorded = tape.recordedGradients(of: [output], seeds: [tape.constant(seed)], withRespectTo: variables)
    // Contributions may be added in another order.
    for (a, b) in zip(recorded, plain) { #expect(a.value.isClose(to: b, tolerance: 1e-14)) }
    let recordedTangent = tape.recordedTangents(
      of: [output], along: variables, tangents: v.map { tape.constant($0) })[0]
    #expect(recordedTangent.value.isClose(to: tangent, tolerance: 1e-14))
  }

  @Test("gives the same as a program, forward and reversed, recorded without values", arguments: PrimitiveCase.all)
  func programs(_ test: PrimitiveCase) {
    let tape = Tape(scalarType: .float64)
    let (output, _, variables) = test.record(on: tape)
    let types = test.inputs.map { ($0.shape, $0.scalarType) }
    let (program, parameters) = Program.record(types, scalarType: .float64) { [test.function($0)] }
    #expect(parameters.isEmpty)
    #expect(program.run(test.inputs)[0].isBitIdentical(to: output.value))
    let seed = uniform(output.shape, seed: 320)
    let reversed = program.reversed(withRespectTo: test.differentiable)
    let gradients = reversed.run(test.inputs + [seed])
    let expected = tape.gradients(of: [output], seeds: [seed], withRespectTo: variables)
    #expect(gradients.count == expected.count)
    for (a, b) in zip(gradients, expected) { #expect(a.isClose(to: b, tolerance: 1e-14)) }
  }

  @Test("has float32 gradients and tangents close to the float64 ones", arguments: PrimitiveCase.all)
  func singlePrecision(_ test: PrimitiveCase) {
    func sweeps(_ scalarType: ScalarType) -> [DenseArray] {
      let tape = Tape(scalarType: scalarType)
      let (output, _, variables) = test.record(on: tape)
      let seed = uniform(output.shape, seed: 330).converted(to: scalarType)
      let v = variables.map { uniform($0.shape, seed: 340).converted(to: scalarType) }
      return tape.gradients(of: [output], seeds: [seed], withRespectTo: variables)
        + tape.tangents(of: [output], along: variables, tangents: v)
    }
    // A few dozen roundings of 6e-8 each, and pow and its derivatives, which magnify them.
    for (a, b) in zip(sweeps(.float32), sweeps(.float64)) {
      #expect(a.scalarType == .float32)
      #expect(a.isClose(to: b, tolerance: 2e-5), "\(a) is not \(b)")
    }
  }

  /// Instruction sets with types of elements; without optimisation each set has one of them, in turns.
  private static let executions: [(InstructionSet, ScalarType)] = {
    let sets = InstructionSet.allCases.filter(\.isSupported)
    #if DEBUG
      return sets.map { ($0, $0.rawValue % 2 == 0 || $0 == .amx ? .float32 : .float64) }
    #else
      return sets.flatMap { [($0, .float32), ($0, .float64)] }
    #endif
  }()

  @Test("has the same bits for one thread and for two, for every instruction set", arguments: executions)
  func threads(_ instructionSet: InstructionSet, _ scalarType: ScalarType) {
    for test in PrimitiveCase.large {
      var drawn: (seed: DenseArray, directions: [DenseArray])?
      func run(_ threads: Int) -> [DenseArray] {
        let tape = Tape(scalarType: scalarType, execution: Execution(instructionSet: instructionSet, threads: threads))
        let (output, _, variables) = test.record(on: tape)
        let (seed, v) =
          drawn
          ?? (
            uniform(output.shape, seed: 350).converted(to: scalarType),
            variables.map { uniform($0.shape, seed: 360).converted(to: scalarType) }
          )
        drawn = (seed, v)
        return [output.value] + tape.gradients(of: [output], seeds: [seed], withRespectTo: variables)
          + tape.tangents(of: [output], along: variables, tangents: v)
      }
      for (one, two) in zip(run(1), run(2)) { #expect(one.isBitIdentical(to: two), "\(test.name)") }
    }
  }

  @Test(
    "has close values on every instruction set",
    arguments: InstructionSet.allCases.filter { $0.isSupported && $0 != .best })
  func instructionSets(_ instructionSet: InstructionSet) {
    for test in PrimitiveCase.all + PrimitiveCase.large {
      func run(_ instructionSet: InstructionSet) -> [DenseArray] {
        let tape = Tape(scalarType: .float64, execution: Execution(instructionSet: instructionSet))
        let (output, _, variables) = test.record(on: tape)
        return [output.value]
          + tape.gradients(of: [output], seeds: [uniform(output.shape, seed: 370)], withRespectTo: variables)
      }
      for (a, b) in zip(run(instructionSet), run(.best)) {
        #expect(a.isClose(to: b, tolerance: 1e-12), "\(test.name)")
      }
    }
  }
}
