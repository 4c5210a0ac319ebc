import Autodiff
import Testing

/// Symbolic derivatives of random programs, run by the interpreter in float64, against dual numbers in plain Swift.
///
/// The tolerance of 1e-12 (1 + |a| + |b|) leaves room for some thousand roundings; programs that would need more (results
/// that move by a tenth of it under a perturbation of one unit in the last place) are drawn again.
struct PointwiseDerivativeTests {
  static let tolerance = 1e-12

  /// A random program, points where it is well conditioned, and directions.
  struct Case {
    let program: RandomPointwiseProgram
    let traced: PointwiseProgram
    let constants: [Double]
    /// Columns of `count` elements.
    let inputs: [[Double]]
    let directions: [[Double]]
    let seeds: [[Double]]
    var count: Int { inputs[0].count }
  }

  /// Draws until `results` (what the test compares) is well conditioned at enough points.
  static func draw(
    seed: Int, analytic: Bool = false,
    _ results: (RandomPointwiseProgram, _ x: [Double], _ v: [Double], _ seeds: [Double]) -> [Double]
  ) -> Case {
    var random = TestRandom(seed: seed)
    while true {
      let inputCount = 1 + random.index(4)
      let outputCount = 1 + random.index(3)
      let program = RandomPointwiseProgram(
        inputCount: inputCount, stepCount: 3 + random.index(12), outputCount: outputCount, analytic: analytic,
        random: &random)
      var points: [[Double]] = []
      let v = (0..<inputCount).map { _ in random.uniform(-1, 1) }
      let seeds = (0..<outputCount).map { _ in random.uniform(-1, 1) }
      for _ in 0..<20 where points.count < 5 {
        let x = (0..<inputCount).map { _ in random.uniform(-2, 2) }
        let values = RandomPointwiseProgram.wellConditioned(at: x, tolerance: tolerance) {
          results(program, $0, v, seeds)
        }
        if values != nil { points.append(x) }
      }
      guard points.count == 5 else { continue }
      let (traced, constants) = program.traced()
      return Case(
        program: program, traced: traced, constants: constants,
        inputs: (0..<inputCount).map { index in points.map { $0[index] } },
        directions: v.map { [Double](repeating: $0, count: points.count) },
        seeds: seeds.map { [Double](repeating: $0, count: points.count) })
    }
  }

  static func gradient(_ program: RandomPointwiseProgram, _ x: [Double], _ seeds: [Double]) -> [Double] {
    x.indices.map { direction in
      let duals = x.indices.map { Dual(value: x[$0], tangent: $0 == direction ? 1.0 : 0) }
      return zip(program(duals), seeds).reduce(0) { $0 + $1.0.tangent * $1.1 }
    }
  }

  static func tangents(_ program: RandomPointwiseProgram, _ x: [Double], _ v: [Double]) -> [Double] {
    program(zip(x, v).map { Dual(value: $0, tangent: $1) }).map(\.tangent)
  }

  /// The gradient's derivative along v, by dual numbers of dual numbers.
  static func hessianProduct(
    _ program: RandomPointwiseProgram, _ x: [Double], _ v: [Double], _ seeds: [Double]
  ) -> [Double] {
    x.indices.map { direction in
      let inputs = x.indices.map {
        Dual(
          value: Dual(value: x[$0], tangent: v[$0]), tangent: Dual(value: $0 == direction ? 1.0 : 0, tangent: 0))
      }
      return zip(program(inputs), seeds).reduce(0) { $0 + $1.0.tangent.tangent * $1.1 }
    }
  }

  static func expectClose(_ actual: [Double], _ expected: [Double], _ context: Case, _ what: String) {
    for (a, b) in zip(actual, expected) {
      #expect(
        (a - b).magnitude <= tolerance * (1 + a.magnitude + b.magnitude),
        "\(what): \(a) for \(b) in \(context.program)\n\(context.traced)")
    }
  }

  /// Points of a case, one by one.
  static func perPoint(_ count: Int, _ columns: [[Double]]) -> [[Double]] {
    (0..<count).map { index in columns.map { $0[index] } }
  }

  @Test(arguments: 0..<300)
  func `adjoints agree with dual numbers, with and without saved intermediates`(seed: Int) {
    let drawn = Self.draw(seed: seed) { program, x, _, seeds in program(x) + Self.gradient(program, x, seeds) }
    let points = Self.perPoint(drawn.count, drawn.inputs)
    for program in [drawn.traced, drawn.traced.savingIntermediates()] {
      let outputs = program.apply(drawn.inputs, constants: drawn.constants)
      let derivative = program.adjoint(withRespectTo: ~0, seeds: (1 << UInt64(drawn.seeds.count)) - 1)
      let result = derivative.run(
        inputs: drawn.inputs, outputs: outputs, seeds: drawn.seeds, constants: drawn.constants)
      for (index, x) in points.enumerated() {
        let s = drawn.seeds.map { $0[index] }
        Self.expectClose(outputs.prefix(s.count).map { $0[index] }, drawn.program(x), drawn, "value")
        Self.expectClose(result.map { $0[index] }, Self.gradient(drawn.program, x, s), drawn, "gradient")
      }
    }
  }

  @Test(arguments: 0..<100)
  func `adjoints with respect to some operands are parts of the whole`(seed: Int) {
    let drawn = Self.draw(seed: 1000 + seed) { program, x, _, seeds in Self.gradient(program, x, seeds) }
    let program = drawn.traced.savingIntermediates()
    let outputs = program.apply(drawn.inputs, constants: drawn.constants)
    var random = TestRandom(seed: seed)
    let wanted = random.next() & ((1 << UInt64(drawn.inputs.count)) - 1)
    let seeded = random.next() & ((1 << UInt64(drawn.seeds.count)) - 1)
    let result = program.adjoint(withRespectTo: wanted, seeds: seeded).run(
      inputs: drawn.inputs, outputs: outputs, seeds: drawn.seeds, constants: drawn.constants)
    let positions = drawn.inputs.indices.filter { wanted >> UInt64($0) & 1 == 1 }
    #expect(result.count == positions.count)
    for (index, x) in Self.perPoint(drawn.count, drawn.inputs).enumerated() {
      let s = drawn.seeds.indices.map { seeded >> UInt64($0) & 1 == 1 ? drawn.seeds[$0][index] : 0 }
      let full = Self.gradient(drawn.program, x, s)
      Self.expectClose(result.map { $0[index] }, positions.map { full[$0] }, drawn, "partial gradient")
    }
  }

  @Test(arguments: 0..<200)
  func `tangents agree with dual numbers`(seed: Int) {
    let drawn = Self.draw(seed: 2000 + seed) { program, x, v, _ in program(x) + Self.tangents(program, x, v) }
    let outputs = drawn.traced.apply(drawn.inputs, constants: drawn.constants)
    let result = drawn.traced.tangent(inputs: ~0).run(
      inputs: drawn.inputs, outputs: outputs, seeds: drawn.directions, constants: drawn.constants)
    for (index, x) in Self.perPoint(drawn.count, drawn.inputs).enumerated() {
      Self.expectClose(
        result.map { $0[index] }, Self.tangents(drawn.program, x, drawn.directions.map { $0[index] }), drawn, "tangent")
    }
  }

  @Test(arguments: 0..<200)
  func `second derivatives agree with dual numbers of dual numbers, forward and reverse over reverse`(seed: Int) {
    let drawn = Self.draw(seed: 3000 + seed) { program, x, v, seeds in
      Self.gradient(program, x, seeds) + Self.hessianProduct(program, x, v, seeds) + Self.tangents(program, x, v)
    }
    let program = drawn.traced.savingIntermediates()
    let outputs = program.apply(drawn.inputs, constants: drawn.constants)
    let seeds = drawn.seeds
    let adjoint = program.adjoint(withRespectTo: ~0, seeds: (1 << UInt64(seeds.count)) - 1)
    let outputTangents = program.tangent(inputs: ~0).run(
      inputs: drawn.inputs, outputs: outputs, seeds: drawn.directions, constants: drawn.constants)
    let forward = adjoint.tangentOfTargets(
      inputs: drawn.inputs, outputs: outputs, seeds: seeds, inputTangents: drawn.directions,
      outputTangents: outputTangents, constants: drawn.constants)
    let reverse = adjoint.adjointOfTargets(
      of: program, inputs: drawn.inputs, outputs: outputs, seeds: seeds, weights: drawn.directions,
      constants: drawn.constants)
    for (index, x) in Self.perPoint(drawn.count, drawn.inputs).enumerated() {
      let expected = Self.hessianProduct(
        drawn.program, x, drawn.directions.map { $0[index] }, seeds.map { $0[index] })
      Self.expectClose(forward.map { $0[index] }, expected, drawn, "forward over reverse")
      Self.expectClose(reverse.map { $0[index] }, expected, drawn, "reverse over reverse")
    }
  }

  @Test(arguments: 0..<200)
  func `adjoints of analytic programs agree with complex steps`(seed: Int) {
    func steps(_ program: RandomPointwiseProgram, _ x: [Double], _ seeds: [Double]) -> [Double] {
      let h = 1e-30
      return x.indices.map { direction in
        let inputs = x.indices.map { Complex(real: x[$0], imaginary: $0 == direction ? h : 0) }
        return zip(program(inputs), seeds).reduce(0) { $0 + $1.0.imaginary / h * $1.1 }
      }
    }
    // The complex formulas' own roundings count too: both they and the plain ones have to be well conditioned.
    let drawn = Self.draw(seed: 4000 + seed, analytic: true) { program, x, _, seeds in
      let difference = zip(program(x.map { Complex(real: $0, imaginary: 0) }), program(x)).map { 100 * ($0.real - $1) }
      return program(x) + steps(program, x, seeds) + (difference.allSatisfy { $0.magnitude < 1e-12 } ? [] : [.nan])
    }
    let outputs = drawn.traced.apply(drawn.inputs, constants: drawn.constants)
    let result = drawn.traced.adjoint(withRespectTo: ~0, seeds: (1 << UInt64(drawn.seeds.count)) - 1).run(
      inputs: drawn.inputs, outputs: outputs, seeds: drawn.seeds, constants: drawn.constants)
    for (index, x) in Self.perPoint(drawn.count, drawn.inputs).enumerated() {
      Self.expectClose(
        result.map { $0[index] }, steps(drawn.program, x, drawn.seeds.map { $0[index] }), drawn, "complex step")
    }
  }
}
