import DenseArrays
import Testing

@testable import Autodiff

/// A cell for the tests: its parameters' shapes, its states' sizes and its step.
struct ScanCase: Sendable, CustomTestStringConvertible {
  let name: String
  let weights: [Shape]
  let stateSizes: [Int]
  let step:
    @Sendable (_ x: Variable, _ states: [Variable], _ w: [Variable]) -> (outputs: [Variable], states: [Variable])
  var testDescription: String { name }

  static let inputSize = 3
  static let size = 4

  static func affine(_ x: Variable, _ w: [Variable], _ index: Int) -> Variable {
    matmul(x, w[3 * index], transposeSecond: true, bias: w[3 * index + 2])
  }
  static func recurrent(_ h: Variable, _ w: [Variable], _ index: Int) -> Variable {
    matmul(h, w[3 * index + 1], transposeSecond: true)
  }
  static func gates(_ count: Int) -> [Shape] {
    (0..<count).flatMap { _ in [[size, inputSize], [size, size], [size]] as [Shape] }
  }

  static let all: [ScanCase] = [
    ScanCase(name: "elman", weights: gates(1), stateSizes: [size]) { x, s, w in
      let h = tanh(affine(x, w, 0) + recurrent(s[0], w, 0))
      return ([h], [h])
    },
    ScanCase(name: "lstm", weights: gates(4), stateSizes: [size, size]) { x, s, w in
      let i = sigmoid(affine(x, w, 0) + recurrent(s[0], w, 0))
      let f = sigmoid(affine(x, w, 1) + recurrent(s[0], w, 1))
      let g = tanh(affine(x, w, 2) + recurrent(s[0], w, 2))
      let o = sigmoid(affine(x, w, 3) + recurrent(s[0], w, 3))
      let c = f * s[1] + i * g
      let h = o * tanh(c)
      return ([h], [h, c])
    },
    ScanCase(name: "peephole lstm", weights: gates(4) + [[size], [size], [size]], stateSizes: [size, size]) { x, s, w in
      let i = sigmoid(affine(x, w, 0) + recurrent(s[0], w, 0) + w[12] * s[1])
      let f = sigmoid(affine(x, w, 1) + recurrent(s[0], w, 1) + w[13] * s[1])
      let g = tanh(affine(x, w, 2) + recurrent(s[0], w, 2))
      let c = f * s[1] + i * g
      let o = sigmoid(affine(x, w, 3) + recurrent(s[0], w, 3) + w[14] * c)
      let h = o * tanh(c)
      return ([h, c], [h, c])
    },
    ScanCase(name: "gru reset before", weights: gates(3), stateSizes: [size]) { x, s, w in
      let r = sigmoid(affine(x, w, 0) + recurrent(s[0], w, 0))
      let z = sigmoid(affine(x, w, 1) + recurrent(s[0], w, 1))
      let c = tanh(affine(x, w, 2) + recurrent(r * s[0], w, 2))
      let h = z * s[0] + (1 - z) * c
      return ([h], [h])
    },
    ScanCase(name: "gru reset after", weights: gates(3) + [[size]], stateSizes: [size]) { x, s, w in
      let r = sigmoid(affine(x, w, 0) + recurrent(s[0], w, 0))
      let z = sigmoid(affine(x, w, 1) + recurrent(s[0], w, 1))
      let c = tanh(affine(x, w, 2) + r * (recurrent(s[0], w, 2) + w[9]))
      let h = z * s[0] + (1 - z) * c
      return ([h], [h])
    },
    ScanCase(name: "novel", weights: gates(3) + [[size, inputSize], [size]], stateSizes: [size]) { x, s, w in
      let f = sigmoid(affine(x, w, 0) + recurrent(s[0], w, 0))
      let r = sigmoid(affine(x, w, 1) + recurrent(s[0], w, 1))
      let c = tanh(affine(x, w, 2) + recurrent(r * s[0], w, 2))
      let g = softplus(matmul(x, w[9], transposeSecond: true, bias: w[10]))
      let h = f * s[0] + (1 - f) * c * g / (1 + g)
      return ([h], [h])
    },
    // The product is needed by itself, too: the loop may not begin it from what is added.
    ScanCase(name: "product with two uses", weights: gates(1), stateSizes: [size]) { x, s, w in
      let product = recurrent(s[0], w, 0)
      let h = tanh(affine(x, w, 0) + product) * sigmoid(product)
      return ([h], [h])
    },
    // The product begins from a row of its own for each row of the batch, the same at every step.
    ScanCase(
      name: "bias of several rows", weights: [[size, size], [size, inputSize], [64, size]], stateSizes: [size]
    ) { x, s, w in
      let bias = w[2].slice(axis: 0, 0..<s[0].shape[0])
      let h = tanh(matmul(s[0], w[0], transposeSecond: true, bias: bias) * (1 + matmul(x, w[1], transposeSecond: true)))
      return ([h], [h])
    },
    // Output that differs from the state, a derived weight, a reduction inside the step: no fast plan.
    ScanCase(name: "antisymmetric with softmax output", weights: gates(1), stateSizes: [size]) { x, s, w in
      let u = w[1] - w[1].transposed()
      let h = s[0] + 0.5 * tanh(affine(x, w, 0) + matmul(s[0], u, transposeSecond: true))
      return ([softmax(h), h * h], [h])
    },
  ]
}

@Suite("scan")
struct ScanTests {
  static let time = 5, batch = 2

  static func array(_ shape: Shape, _ phase: Double) -> DenseArray {
    DenseArray(
      (0..<shape.count).map { k in
        let angle: Double = 12.9898 * Double(k + 1) + 78.233 * phase
        let value: Double = angle.truncatingRemainder(dividingBy: 1.618)
        return 0.6 * value - 0.5
      }, shape: shape)
  }

  struct Outcome {
    var value: DenseArray
    var gradients: [DenseArray]
    var hessian: [DenseArray]
    var tangent: DenseArray
    var report: ScanReport?
  }

  /// The same loss with the step scanned or written as a loop, which has lengths and truncation of its own.
  static func run(
    _ cell: ScanCase, isScanned: Bool, options: ScanOptions = ScanOptions(), time: Int = time, batch: Int = batch,
    threads: Int = 1
  ) -> Outcome {
    let tape = Tape(scalarType: .float64, execution: Execution(threads: threads))
    let x = tape.variable(array([time, batch, ScanCase.inputSize], 0.1))
    let initial = cell.stateSizes.enumerated().map { tape.variable(array([batch, $1], 0.7 + Double($0))) }
    let weights = cell.weights.enumerated().map { tape.variable(array($1, 1.3 + 0.37 * Double($0))) }
    var outputs: [Variable]
    var states = initial
    var report: ScanReport?
    if isScanned {
      let result = scan([x], from: initial, options: options) { _, x, states in
        cell.step(x[0], states, weights)
      }
      outputs = result.outputs
      states = result.states
      report = result.report
    } else {
      var rows: [[Variable]] = []
      for index in 0..<time {
        let position = options.isReversed ? time - 1 - index : index
        if let every = options.detachEvery, index > 0, index % every == 0 { states = states.map { $0.detach() } }
        var (output, next) = cell.step(x[position], states, weights)
        if let lengths = options.lengths {
          let mask = tape.constant(
            DenseArray(lengths.map { position < $0 ? 1.0 : 0.0 }, shape: [batch, 1]))
          next = zip(next, states).map { mask * $0 + (1 - mask) * $1 }
          output = output.map { mask * $0 }
        }
        rows.append(output)
        states = next
      }
      if options.isReversed { rows.reverse() }
      outputs = rows[0].indices.map { column in stack(rows.map { $0[column] }) }
    }
    var loss = tape.constant(0)
    for (index, output) in outputs.enumerated() {
      loss = loss + (tape.constant(array(output.shape, 4.1 + Double(index))) * output * output).sum()
    }
    for (index, state) in states.enumerated() {
      loss = loss + (tape.constant(array(state.shape, 9.4 + Double(index))) * state).sum()
    }
    let variables = [x] + initial + weights
    let directions = variables.enumerated().map { array($1.shape, 0.21 * Double($0)) }
    let tangent = tape.tangents(of: [loss], along: variables, tangents: directions)[0]
    let gradients = tape.gradients(of: [loss], withRespectTo: variables)
    let hessian = tape.hessian(of: loss, withRespectTo: variables).product(directions)
    return Outcome(value: outputs[0].value, gradients: gradients, hessian: hessian, tangent: tangent, report: report)
  }

  @Test(
    "a scan equals the loop: values, gradients, tangents and Hessian products", arguments: ScanCase.all, [false, true])
  func equalsLoop(_ cell: ScanCase, _ isReversed: Bool) throws {
    let options = ScanOptions(isReversed: isReversed)
    let loop = Self.run(cell, isScanned: false, options: options)
    expectEqual(cell, options, to: loop, time: Self.time, isReversed ? "reversed" : "plain")
  }

  /// What a scan can be asked for, and each optimisation left out.
  static let settings: [(name: String, options: ScanOptions)] = [
    ("plain", ScanOptions()),
    ("unrolled", ScanOptions(isUnrolled: true)),
    ("reversed", ScanOptions(isReversed: true)),
    ("lengths", ScanOptions(lengths: [17, 0, 1, 9])),
    ("reversed lengths", ScanOptions(isReversed: true, lengths: [3, 17, 0, 9])),
    ("truncated", ScanOptions(detachEvery: 3)),
    ("reversed, truncated", ScanOptions(isReversed: true, detachEvery: 4)),
    ("segments", ScanOptions(checkpointing: .segments)),
    ("reversed segments", ScanOptions(isReversed: true, checkpointing: .segments)),
    ("two slots", ScanOptions(checkpointing: .slots(2))),
    ("unrolled segments", ScanOptions(checkpointing: .segments, isUnrolled: true)),
    (
      "all at once",
      ScanOptions(isReversed: true, lengths: [3, 17, 0, 9], detachEvery: 5, checkpointing: .slots(6))
    ),
    ("no hoisting", ScanOptions(passes: .all.subtracting(.hoisting))),
    ("no merging", ScanOptions(passes: .all.subtracting(.merging))),
    ("no fusion", ScanOptions(passes: .all.subtracting(.fusion))),
    ("weight gradients in the loop", ScanOptions(passes: .all.subtracting(.weightGradientsOutside))),
    ("nothing saved", ScanOptions(passes: .all.subtracting(.savedValues))),
    ("no optimisation", ScanOptions(passes: [])),
  ]

  /// What of a scan's options changes its numbers: settings that share it share the loop to be equal to.
  private struct LoopMeaning: Hashable {
    let isReversed: Bool
    let lengths: [Int]?
    let detachEvery: Int?

    init(_ options: ScanOptions) {
      isReversed = options.isReversed
      lengths = options.lengths
      detachEvery = options.detachEvery
    }
  }

  #if DEBUG
    // Loops take long without optimisation: enough steps for every truncation and for more than the slots.
    private static let times = [1, 2, 7]
  #else
    private static let times = [1, 2, 17]
  #endif

  @Test("every way of running a scan equals the loop", arguments: ScanCase.all, times)
  func everyWayEqualsLoop(_ cell: ScanCase, _ time: Int) throws {
    var loops: [LoopMeaning: Outcome] = [:]
    for (name, setting) in Self.settings {
      var options = setting
      options.lengths = options.lengths?.map { min($0, time) }
      let meaning = LoopMeaning(options)
      let loop = loops[meaning] ?? Self.run(cell, isScanned: false, options: options, time: time, batch: 4)
      loops[meaning] = loop
      expectEqual(cell, options, to: loop, time: time, batch: 4, name)
    }
  }

  private func expectEqual(
    _ cell: ScanCase, _ options: ScanOptions, to loop: Outcome, time: Int, batch: Int = batch, _ name: String
  ) {
    let scanned = Self.run(cell, isScanned: true, options: options, time: time, batch: batch)
    #expect(scanned.report?.reason == nil, "\(name)")
    #expect((scanned.report?.body == nil) == options.isUnrolled, "\(name)")
    // The sums have some hundred terms of order 1: 1e-12 leaves three digits for their order.
    #expect(scanned.value.isClose(to: loop.value, tolerance: 1e-12), "\(name)")
    for (index, (a, b)) in zip(scanned.gradients, loop.gradients).enumerated() {
      #expect(a.isClose(to: b, tolerance: 1e-12), "\(name): gradient \(index)")
      #expect(b.elements.contains { $0 != 0 }, "\(name): gradient \(index)")
    }
    #expect(scanned.tangent.isClose(to: loop.tangent, tolerance: 1e-12), "\(name)")
    for (index, (a, b)) in zip(scanned.hessian, loop.hessian).enumerated() {
      #expect(a.isClose(to: b, tolerance: 1e-12), "\(name): Hessian product \(index)")
    }
  }

  @Test("two threads give the bits of one", arguments: ScanCase.all)
  func threadsGiveTheSameBits(_ cell: ScanCase) {
    let one = Self.run(cell, isScanned: true, batch: 19, threads: 1)
    let two = Self.run(cell, isScanned: true, batch: 19, threads: 2)
    #expect(one.value.isBitIdentical(to: two.value))
    for (a, b) in zip(one.gradients, two.gradients) { #expect(a.isBitIdentical(to: b)) }
    for (a, b) in zip(one.hessian, two.hessian) { #expect(a.isBitIdentical(to: b)) }
  }

  @Test("the products and elementwise operations of an LSTM's step are merged to one each")
  func lstmIsMerged() throws {
    let outcome = Self.run(ScanCase.all[1], isScanned: true)
    let body = try #require(outcome.report?.body)
    let text = body.description
    let lines = text.split(separator: "\n")
    #expect(lines.count { $0.contains("= matmul") } == 1, "\(text)")
    #expect(lines.count { $0.contains("= pointwise") } == 1, "\(text)")
  }

  @Test("a step that reads a value, or counts in Swift, is unrolled and says why")
  func unrolled() {
    let tape = Tape(scalarType: .float64)
    let x = tape.variable(Self.array([4, 2, 3], 0.2))
    let reading = scan([x], from: [tape.zeros([2, 3])], name: "reading") { _, x, states in
      let h = states[0] + (states[0].value.elements[0] > 0 ? x[0] : -x[0])
      return ([h], [h])
    }
    #expect(reading.report.reason == "the step reads a value")
    let counting = scan([x], from: [tape.zeros([2, 3])], name: "counting") { step, x, states in
      let h = states[0] + Double(step.index) * x[0]
      return ([h], [h])
    }
    #expect(counting.report.reason == "the step reads its index")
    var count = 0
    let variable = scan([x], from: [tape.zeros([2, 3])], name: "variable") { _, x, states in
      let h = states[0] + Double(count) * x[0]
      count += 1
      return ([h], [h])
    }
    #expect(variable.report.reason == "the step records something else the second time")
    // sum over t of t x_t, by hand.
    let rows = x.value
    for row in 0..<2 {
      for column in 0..<3 {
        let expected: Double = rows[1, row, column] + 2 * rows[2, row, column] + 3 * rows[3, row, column]
        #expect(abs(counting.states[0].value[row, column] - expected) < 1e-15)
      }
    }
  }

  @Test("the step's index and draws stay traced, and are those of the loop", arguments: [false, true])
  func indexAndDraws(_ isReversed: Bool) {
    func run(_ options: ScanOptions) -> ScanResult {
      let tape = Tape(scalarType: .float64)
      tape.randomSeed = 7
      let x = tape.variable(Self.array([6, 2, 3], 0.2))
      return scan([x], from: [tape.zeros([2, 3])], options: options) { step, x, states in
        let mask = step.random(.bernoulli(0.6), shape: [2, 3], site: 3)
        let h = 0.5 * states[0] + mask * x[0] + step.position
        return ([h, mask], [h])
      }
    }
    let loop = run(ScanOptions(isReversed: isReversed, isUnrolled: true))
    for checkpointing in [ScanCheckpointing.none, .segments] {
      let traced = run(ScanOptions(isReversed: isReversed, checkpointing: checkpointing))
      #expect(traced.report.reason == nil && traced.report.body != nil)
      #expect(traced.outputs[0].value.isClose(to: loop.outputs[0].value, tolerance: 1e-14))
      #expect(traced.outputs[1].value.isBitIdentical(to: loop.outputs[1].value))
    }
    let ones = loop.outputs[1].value.elements.reduce(0, +)
    #expect(ones > 12 && ones < 32, "36 draws of probability 0.6")
    // The rows are those that the tape gives for each step.
    let tape = Tape(scalarType: .float64)
    tape.randomSeed = 7
    let third = tape.random(.bernoulli(0.6), shape: [2, 3], site: 3, step: 2)
    #expect(loop.outputs[1][isReversed ? 3 : 2].value == third.value)
  }

  @Test("named values of all steps are kept, with their gradients", arguments: [false, true])
  func keptValues(_ isUnrolled: Bool) throws {
    let tape = Tape(scalarType: .float64)
    let x = tape.variable(Self.array([4, 2, 3], 0.2))
    let options = ScanOptions(isUnrolled: isUnrolled, keeps: ["gate"])
    let result = scan([x], from: [tape.zeros([2, 3])], options: options) { _, x, states in
      let gate = sigmoid(x[0]).named("gate")
      let h = gate * states[0] + x[0]
      return ([h], [h])
    }
    let kept = try #require(result.kept["gate"])
    #expect(kept.values.value.isClose(to: sigmoid(x).value, tolerance: 1e-15))
    let gradient = tape.gradients(of: [result.states[0].sum()], withRespectTo: [kept.probe])[0]
    // d h_T / d gate_t = h_{t-1} times the later gates.
    let gates = kept.values.value
    let outputs = result.outputs[0].value
    for row in 0..<2 {
      for column in 0..<3 {
        var later = 1.0
        for step in (1..<4).reversed() {
          let previous: Double = outputs[step - 1, row, column]
          let found: Double = gradient[step, row, column]
          #expect(abs(found - previous * later) < 1e-14)
          let gate: Double = gates[step, row, column]
          later *= gate
        }
        #expect(gradient[0, row, column] == 0.0)
      }
    }
  }

  @Test("what stands behind the length of a sequence is not looked at, not even a NaN")
  func paddingIsNotRead() {
    let tape = Tape(scalarType: .float64)
    var elements = Self.array([3, 2, 3], 0.4).elements
    for k in 0..<3 {
      elements[2 * 6 + k] = .nan
      elements[6 + 3 + k] = .infinity
      elements[12 + 3 + k] = .nan
    }
    let x = tape.variable(DenseArray(elements, shape: [3, 2, 3]))
    let w = tape.variable(Self.array([3, 4], 0.9))
    let u = tape.variable(Self.array([4, 4], 1.9))
    let result = scan([x], from: [tape.zeros([2, 4])], options: ScanOptions(lengths: [2, 1])) { _, x, states in
      let h = tanh(matmul(x[0], w) + matmul(states[0], u))
      return ([h], [h])
    }
    let loss = (result.outputs[0] * result.outputs[0]).sum() + result.states[0].sum()
    let gradients = tape.gradients(of: [loss], withRespectTo: [x, w, u])
    #expect(result.states[0].isDifferentiable)
    for gradient in gradients { #expect(gradient.elements.allSatisfy { $0.isFinite }) }
    for k in 0..<3 {
      #expect(gradients[0].elements[12 + k] == 0 && gradients[0].elements[9 + k] == 0)
      #expect(gradients[0].elements[k] != 0)
    }
  }
}
