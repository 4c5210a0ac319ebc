import DenseArrays
import Testing

@testable import Autodiff

/// One LSTM step with separate gates, written as a user would write it.
private func lstmStep(_ v: [Variable]) -> [Variable] {
  let (x, h, c) = (v[0], v[1], v[2])
  func gate(_ index: Int) -> Variable {
    matmul(x, v[3 + 3 * index], transposeSecond: true, bias: v[5 + 3 * index])
      + matmul(h, v[4 + 3 * index], transposeSecond: true)
  }
  let input = x.tape.withScope("input") { sigmoid(gate(0)).named("i") }
  let forget = x.tape.withScope("forget") { sigmoid(gate(1)).named("f") }
  let candidate = tanh(gate(2))
  let output = sigmoid(gate(3))
  let memory = forget * c + input * candidate
  return [output * tanh(memory), memory]
}

@Suite("Programs without values")
struct SymbolicProgramTests {
  static let batch = 3, inputSize = 2, size = 4

  static var shapes: [Shape] {
    var shapes: [Shape] = [[batch, inputSize], [batch, size], [batch, size]]
    for _ in 0..<4 { shapes += [[size, inputSize], [size, size], [size]] }
    return shapes
  }

  /// Numbers from a formula, so that nothing here depends on a generator.
  static func arrays(_ shapes: [Shape], phase: Double) -> [DenseArray] {
    shapes.enumerated().map { index, shape in
      DenseArray(
        (0..<shape.count).map { k in
          let angle: Double = phase + Double(index) + 1.7 * Double(k)
          return 0.5 * angle.truncatingRemainder(dividingBy: 2) - 0.5
        }, shape: shape)
    }
  }

  @Test("an LSTM step recorded without values, and its derived reverse program, equal the eager sweep to the bit")
  func lstmStepAndReverse() {
    let types = Self.shapes.map { (shape: $0, scalarType: ScalarType.float64) }
    let (program, parameters) = Program.record(types, scalarType: .float64) { lstmStep($0) }
    #expect(parameters.isEmpty)
    let inputs = Self.arrays(Self.shapes, phase: 0.3)
    let seeds = Self.arrays([[Self.batch, Self.size], [Self.batch, Self.size]], phase: 0.9)

    let tape = Tape(scalarType: .float64)
    let variables = inputs.map { tape.variable($0) }
    let outputs = lstmStep(variables)
    let gradients = tape.gradients(of: outputs, seeds: seeds, withRespectTo: variables)

    let symbolicOutputs = program.run(inputs)
    let symbolicGradients = program.reversed().run(inputs + seeds)
    #expect(symbolicOutputs.count == 2)
    #expect(symbolicGradients.count == gradients.count)
    for (symbolic, eager) in zip(symbolicOutputs, outputs) { #expect(symbolic == eager.value) }
    for (symbolic, eager) in zip(symbolicGradients, gradients) { #expect(symbolic == eager) }
    // Not all zero, so that equality says something.
    #expect(gradients.allSatisfy { $0.elements.contains { $0 != 0 } })
  }

  @Test("printing shows scopes, names, shapes and operations, and a program's text survives a replay")
  func printing() {
    let types = Self.shapes.map { (shape: $0, scalarType: ScalarType.float64) }
    let program = Program.record(types, scalarType: .float64) { lstmStep($0) }.program
    let text = program.description
    #expect(text.contains("[forget]"))
    #expect(text.contains(" f = pointwise sigmoid("))
    #expect(text.contains("matmul second transposed(%0, %3, %5): float64 [3, 4]"))
    #expect(text.hasSuffix("return %" + text.split(separator: "%").suffix(2).joined(separator: "%")))
    let copy = Program.record(types, scalarType: .float64) { $0[0].tape.replay(program, $0) }.program
    #expect(copy.description == text)
    let graph = program.graphviz()
    #expect(graph.hasPrefix("digraph recording {"))
    #expect(graph.contains("label=\"forget\""))
    #expect(graph.filter { $0 == "{" }.count == graph.filter { $0 == "}" }.count)
    let reverse = program.reversed().description
    #expect(reverse.contains("first transposed"))
  }

  @Test("names and scopes with quotation marks, line ends and signs leave text and graph whole")
  func oddNames() {
    let tape = Tape(scalarType: .float64)
    let odd = "a\"\u{301}b\\\nc\r\nd\te&lt;\u{0}é"
    tape.withScope(odd) { _ = (tape.variable([1.0, 2.0], named: odd) * 2).named(odd) }
    let escaped = "a\"\u{301}b\\\\nc\\r\\nd\\te&lt;\\0é"
    #expect(
      tape.text() == """
        %0 \(escaped) = variable: float64 [2]
        [\(escaped)]
        %1 \(escaped) = pointwise multiply(%0): float64 [2]
        """)
    let label = "\"a\\\"\u{301}b\\\\\\nc \\nd e&amp;lt; é"
    let graph = tape.graphviz()
    #expect(graph.contains("label=\(label)\";"))
    #expect(graph.contains("label=\(label)\\nfloat64 [2]\"];"))
    #expect(graph.split(separator: "\n").count == 8)
  }

  @Test("reading a value of a symbolic recording stops and says why")
  func readingStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Program.record([(shape: [2], scalarType: .float32)]) { inputs in
        _ = inputs[0].value
        return inputs
      }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("Variable.value: a symbolic recording has shapes and types and no values"))
  }

  @Test("a checkpointed function has the same values and gradients, of first and second order, and keeps less")
  func checkpointing() {
    let x = DenseArray([0.3, -0.7, 0.2, 0.9], shape: [2, 2])
    let w = Parameter(DenseArray([0.5, -0.2, 0.1, 0.8], shape: [2, 2]), name: "w")
    func body(_ x: Variable, _ scale: Variable) -> Variable {
      var h = x
      for _ in 0..<5 { h = tanh(matmul(h, x.tape.parameter(w)) * scale) }
      return h
    }
    func run(_ isCheckpointed: Bool) -> (
      value: DenseArray, gradients: [DenseArray], hessian: [DenseArray], operations: Int
    ) {
      let tape = Tape(scalarType: .float64)
      let input = tape.variable(x)
      let scale = tape.variable(DenseArray([1.25], shape: []))
      let weights = tape.parameter(w)
      let h = isCheckpointed ? checkpoint([input]) { [body($0[0], scale)] }[0] : body(input, scale)
      let operations = tape.operationCount
      let loss = (h * h).sum()
      let gradients = tape.gradients(of: [loss], withRespectTo: [input, scale, weights])
      let hessian = tape.hessian(of: loss, withRespectTo: [input, scale, weights])
      let product = hessian.product([
        DenseArray([1.0, 0, 2, 0], shape: [2, 2]), DenseArray([0.5], shape: []),
        DenseArray([0.0, 1, 0, -1], shape: [2, 2]),
      ])
      return (h.value, gradients, product, operations)
    }
    let plain = run(false)
    let checkpointed = run(true)
    #expect(checkpointed.operations == 1)
    #expect(plain.operations == 15)
    #expect(checkpointed.value == plain.value)
    for (a, b) in zip(checkpointed.gradients, plain.gradients) { #expect(a.isClose(to: b, tolerance: 1e-15)) }
    for (a, b) in zip(checkpointed.hessian, plain.hessian) { #expect(a.isClose(to: b, tolerance: 1e-14)) }
  }

  @Test("the first NaN is traced to its operation, scope and step")
  func nonFinite() throws {
    let tape = Tape(scalarType: .float64)
    tape.detectsNonFinite = true
    var h = tape.variable(DenseArray([3.0, 2.5], shape: [2]))
    for step in 0..<4 {
      h = tape.withScope("cell", step: step) { log(h) }
    }
    // log log 2.5 < 0, so the third logarithm is the first to fail.
    let report = try #require(tape.firstNonFinite)
    #expect(report.step == 2)
    #expect(report.scope == "cell, step 2")
    #expect(report.index == 1)
    #expect(report.value.isNaN)
    #expect(report.nonFiniteOperands.isEmpty)
    #expect(report.description.contains("pointwise log([2]) in cell, step 2 made NaN at element 1"))
  }

  @Test("a NaN inside of a checkpointed function is traced to its operation and scope too")
  func nonFiniteInCheckpoint() throws {
    let tape = Tape(scalarType: .float64)
    tape.detectsNonFinite = true
    let x = tape.variable(DenseArray([3.0, -1], shape: [2]))
    let y = checkpoint([x]) { inputs in [tape.withScope("inside", step: 4) { sqrt(inputs[0] + 0.5) } * 2.0] }
    let report = try #require(tape.firstNonFinite)
    #expect(report.description.contains("pointwise sqrt([2]) in inside, step 4 made NaN at element 1"), "\(report)")
    #expect(y[0].value.elements[1].isNaN)
  }
}
