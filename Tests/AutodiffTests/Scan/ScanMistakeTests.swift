import Autodiff
import DenseArrays
import Testing

/// h + x, for scans with a mistake around the step.
private func add(
  _ step: ScanStep, _ x: [Variable], _ states: [Variable]
) -> (outputs: [Variable], states: [Variable]) {
  ([states[0] + x[0]], [states[0] + x[0]])
}

/// Three steps of two rows of three numbers.
private func sequence(_ tape: Tape) -> Variable { tape.variable(uniform([3, 2, 3])) }

@Suite("Mistakes in a scan stop with a message")
struct ScanMistakeTests {
  @Test("a variable of a step used after it, and one of another tape used in it")
  func strangers() async {
    let leaked = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      let x = sequence(tape)
      var inside: Variable?
      let result = scan([x], from: [tape.zeros([2, 3])], name: "leak") { _, x, states in
        let h = states[0] + x[0]
        inside = h
        return ([h], [h])
      }
      tape.withScope("after") { _ = result.states[0] * (inside ?? x) }
    }
    expectMessage("multiply: a variable that was made in a step of a scan, used after that step (in after)", in: leaked)
    let other = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      let stranger = Tape(scalarType: .float64).zeros([2, 3])
      _ = scan([sequence(tape)], from: [tape.zeros([2, 3])], name: "stranger") { _, x, states in
        let h = states[0] + stranger
        return ([h], [h])
      }
    }
    expectMessage("add: a variable of another tape (in stranger, step 0)", in: other)
    let state = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      _ = scan([sequence(tape)], from: [Tape(scalarType: .float64).zeros([2, 3])], name: "lost", step: add)
    }
    expectMessage("lost: a variable of another tape", in: state)
    let read = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      var inside: Variable?
      _ = scan([sequence(tape)], from: [tape.zeros([2, 3])], name: "leak") { _, x, states in
        inside = states[0] + x[0]
        return ([], [states[0] + x[0]])
      }
      _ = inside?.value
    }
    expectMessage("Variable.value: a variable that was made in a step of a scan, used after that step", in: read)
  }

  @Test("a state that changes its shape")
  func stateShape() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      _ = scan([sequence(tape)], from: [tape.zeros([2, 3])], name: "growing") { _, x, states in
        ([x[0]], [concatenate([states[0], x[0]], axis: 1)])
      }
    }
    expectMessage("scan: a step from states of shapes [[2, 3]] to [[2, 6]] (in growing)", in: result)
    let type = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      _ = scan([sequence(tape)], from: [tape.zeros([2, 3])], name: "narrowing") { _, x, _ in
        ([x[0]], [tape.constant(DenseArray(zeros: [2, 3]))])
      }
    }
    expectMessage("scan: a step from states of types [float64] to [float32] (in narrowing)", in: type)
  }

  @Test("steps that emit different things")
  func outputs() async {
    let count = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      _ = scan([sequence(tape)], from: [tape.zeros([2, 3])], name: "odd") { step, x, states in
        (step.index == 2 ? [] : [x[0]], states)
      }
    }
    expectMessage("scan: step 2 emits [] where step 0 emitted [[2, 3]] (in odd, odd, step 2)", in: count)
    let shape = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      let options = ScanOptions(isReversed: true, isUnrolled: true)
      _ = scan([sequence(tape)], from: [tape.zeros([2, 3])], options: options, name: "odd") { step, x, states in
        ([step.index == 1 ? x[0][0] : x[0]], states)
      }
    }
    expectMessage("scan: step 1 emits [[3]] where step 0 emitted [[2, 3]] (in odd, step 1)", in: shape)
    let segments = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      let x = tape.variable(uniform([9, 2, 3]))
      let options = ScanOptions(checkpointing: .segments)
      _ = scan([x], from: [tape.zeros([2, 3])], options: options, name: "odd") { step, x, states in
        ([step.index < 3 ? x[0] : x[0][0]], states)
      }
    }
    expectMessage("scan: step 3 emits [[3]] where step 0 emitted [[2, 3]] (in odd)", in: segments)
  }

  @Test("lengths that do not fit")
  func lengths() async {
    let long = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      let options = ScanOptions(lengths: [3, 4])
      _ = scan([sequence(tape)], from: [tape.zeros([2, 3])], options: options, name: "long", step: add)
    }
    expectMessage("scan: lengths [3, 4] of sequences of 3 steps (in long)", in: long)
    let many = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      let options = ScanOptions(lengths: [3, 1, 2])
      _ = scan([sequence(tape)], from: [tape.zeros([2, 3])], options: options, name: "many", step: add)
    }
    expectMessage("scan: 3 lengths for a state of shape [2, 3] (in many)", in: many)
    let output = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      let options = ScanOptions(lengths: [3, 1])
      _ = scan([sequence(tape)], from: [tape.zeros([2, 3])], options: options, name: "sum") { _, x, states in
        ([x[0].sum()], states)
      }
    }
    expectMessage("scan: 2 lengths for an output of shape [] (in sum, step 0)", in: output)
  }

  @Test("truncation after no steps, checkpoints in no slots, names that nothing has")
  func options() async {
    let detach = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      let options = ScanOptions(detachEvery: 0)
      _ = scan([sequence(tape)], from: [tape.zeros([2, 3])], options: options, name: "cut", step: add)
    }
    expectMessage("scan: detachEvery is 0; expected at least 1 (in cut)", in: detach)
    let slots = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      let options = ScanOptions(checkpointing: .slots(0))
      _ = scan([sequence(tape)], from: [tape.zeros([2, 3])], options: options, name: "none", step: add)
    }
    expectMessage("scan: checkpointing with 0 slots; expected at least 1 (in none)", in: slots)
    let name = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      let options = ScanOptions(keeps: ["gate"])
      _ = scan([sequence(tape)], from: [tape.zeros([2, 3])], options: options, name: "gateless", step: add)
    }
    expectMessage("scan: the step names no value \"gate\" (in gateless)", in: name)
    let both = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      let options = ScanOptions(checkpointing: .segments, keeps: ["gate"])
      _ = scan([sequence(tape)], from: [tape.zeros([2, 3])], options: options, name: "both", step: add)
    }
    expectMessage("scan: named values [\"gate\"] of a checkpointed scan, which keeps none (in both)", in: both)
  }

  @Test("a value read in a checkpointed step")
  func readingWithCheckpoints() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape(scalarType: .float64)
      let options = ScanOptions(checkpointing: .slots(2))
      _ = scan([sequence(tape)], from: [tape.zeros([2, 3])], options: options, name: "reading") { _, x, states in
        ([x[0]], [states[0].value.elements[0] > 0 ? states[0] : -states[0]])
      }
    }
    expectMessage(
      "scan: the step reads a value, and there is none to read in a checkpointed scan (in reading)", in: result)
  }

  @Test("a step that reads its index can be checkpointed", arguments: [false, true])
  func indexWithCheckpoints(_ isReversed: Bool) {
    func run(_ checkpointing: ScanCheckpointing) -> (values: [DenseArray], reason: String?) {
      let tape = Tape(scalarType: .float64)
      let x = tape.variable(uniform([9, 2, 3]))
      let w = tape.variable(uniform([2, 3], seed: 2))
      let options = ScanOptions(isReversed: isReversed, checkpointing: checkpointing)
      let result = scan([x], from: [tape.zeros([2, 3])], options: options) { step, x, states in
        let h = tanh(states[0] * w + Double(step.index) * x[0])
        return ([h], [h])
      }
      let loss = (square(result.outputs[0]) + result.states[0]).sum()
      let values = [result.outputs[0].value, result.states[0].value]
      return (values + tape.gradients(of: [loss], withRespectTo: [x, w]), result.report.reason)
    }
    let plain = run(.none)
    for checkpointing in [ScanCheckpointing.segments, .slots(2)] {
      let checkpointed = run(checkpointing)
      #expect(checkpointed.reason == "the step reads its index")
      // Sums over the steps in another order.
      for (a, b) in zip(checkpointed.values, plain.values) { #expect(a.isClose(to: b, tolerance: 1e-14)) }
    }
  }
}

@Suite("What a scan's step may be")
struct ScanStepTests {
  @Test("the first NaN is traced to its operation and step", arguments: [ScanCheckpointing.none, .segments])
  func nonFinite(_ checkpointing: ScanCheckpointing) throws {
    let tape = Tape(scalarType: .float64)
    tape.detectsNonFinite = true
    // 1, 0.75, 0.5, 0.25, 0, ...: the logarithm of step 4 is the first that is infinite.
    let x = tape.variable(DenseArray((0..<9).map { 1 - 0.25 * Double($0) }, shape: [9, 1, 1]))
    let options = ScanOptions(checkpointing: checkpointing)
    _ = scan([x], from: [tape.zeros([1, 1])], options: options, name: "logarithms") { _, x, states in
      let h = 0.5 * states[0] + log(x[0])
      return ([h], [h])
    }
    let report = try #require(tape.firstNonFinite)
    #expect(report.operation == "pointwise log")
    #expect(report.scope.contains("logarithms"))
    if checkpointing == .none { #expect(report.step == 4) }
    #expect(report.nonFiniteOperands.isEmpty)
  }

  @Test("a first infinity of a reverse sweep is traced to the operation whose derivative it is, or to the leaf")
  func nonFiniteSweep() throws {
    let tape = Tape(scalarType: .float64)
    tape.detectsNonFinite = true
    var x = DenseArray(repeating: 1, shape: [3, 2], .float64)
    x[1, 1] = 0
    let result = scan([tape.variable(x)], from: [tape.zeros([2])], name: "roots") { _, x, states in
      ([states[0] + sqrt(x[0])], [states[0] + sqrt(x[0])])
    }
    let loss = result.outputs[0].sum()
    #expect(tape.firstNonFinite == nil)
    _ = tape.gradients(of: loss)
    let root = try #require(tape.firstNonFinite)
    #expect(root.sweep == "the derivative of pointwise sqrt")
    #expect(root.scope == "roots, step 1" && root.step == 1 && root.index == 1 && root.value == .infinity)
    #expect(root.description.contains(", for the derivative of pointwise sqrt, in roots, step 1 made infinity"))

    tape.reset()
    let w = tape.parameter(Parameter(DenseArray(repeating: 1e-300, shape: [1, 1], .float64), name: "w"))
    _ = tape.gradients(of: (matmul(tape.constant(1e200, shape: [1, 1]), w) * 1e150).sum())
    let leaf = try #require(tape.firstNonFinite)
    #expect(leaf.sweep == "the gradient of w" && leaf.operation == "matmul first transposed")

    tape.reset()
    _ = tape.variable(x) / 0
    #expect(tape.firstNonFinite?.sweep == nil && tape.firstNonFinite != nil)
  }

  @Test("token ids as a sequence, and the previous input in the state, stay traced")
  func tokensAndPreviousInput() {
    func run(_ isUnrolled: Bool) -> (values: [DenseArray], report: ScanReport) {
      let tape = Tape(scalarType: .float64)
      let tokens = tape.constant(indices([7, 3], below: 5))
      let table = tape.variable(uniform([5, 4]))
      let u = tape.variable(uniform([4, 4], seed: 2))
      let options = ScanOptions(isUnrolled: isUnrolled)
      let zeros = tape.zeros([3, 4])
      let result = scan([tokens], from: [zeros, zeros], options: options) { _, x, states in
        let embedded = gather(table, at: x[0])
        let h = tanh(matmul(states[0], u) + embedded - 0.5 * states[1])
        return ([h], [h, embedded])
      }
      let loss = square(result.outputs[0]).sum() + result.states[1].sum()
      return ([result.outputs[0].value] + tape.gradients(of: [loss], withRespectTo: [table, u]), result.report)
    }
    let traced = run(false)
    #expect(traced.report.reason == nil && traced.report.body != nil)
    for (a, b) in zip(traced.values, run(true).values) { #expect(a.isClose(to: b, tolerance: 1e-13)) }
  }

  @Test(
    "a training step asks for no new memory from the third on",
    arguments: [
      ScanOptions(), ScanOptions(lengths: [40, 3, 0, 17]), ScanOptions(checkpointing: .segments),
      ScanOptions(isReversed: true, detachEvery: 7, checkpointing: .slots(5)),
    ])
  func memory(_ options: ScanOptions) {
    let w = Parameter(uniform([16, 48], -0.2..<0.2), name: "w")
    let u = Parameter(uniform([48, 48], -0.2..<0.2), name: "u")
    let x = uniform([40, 4, 16])
    let tape = Tape(scalarType: .float64)
    let requests = (0..<8).map { _ in
      tape.reset()
      let weights = (tape.parameter(w), tape.parameter(u))
      let result = scan([tape.constant(x)], from: [tape.zeros([4, 48])], options: options) { _, x, states in
        let h = tanh(matmul(x[0], weights.0) + matmul(states[0], weights.1))
        return ([h], [h])
      }
      let gradients = tape.gradients(of: square(result.outputs[0]).mean())
      for parameter in [w, u] {
        let updated = zip(parameter.value.elements, gradients[parameter].elements).map { $0 - 0.1 * $1 }
        parameter.value = DenseArray(updated, shape: parameter.shape)
      }
      return tape.memoryRequests
    }
    #expect(Set(requests.dropFirst(2)).count == 1, "\(requests)")
  }
}
