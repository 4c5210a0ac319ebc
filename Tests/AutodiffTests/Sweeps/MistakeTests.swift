import Autodiff
import DenseArrays
import Testing

/// Each mistake stops the process with one line that names the operation, both sides and the scope, in release builds too.
@Suite("Mistakes on a tape stop with a message")
struct TapeMistakeTests {
  @Test("variables of another tape and of an earlier recording")
  func otherRecordings() async {
    let other = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      tape.withScope("cell", step: 2) { _ = matmul(tape.zeros([2, 2]), Tape().zeros([2, 2])) }
    }
    expectMessage("matmul: a variable of another tape (in cell, step 2)", in: other)
    let earlier = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let h = tape.zeros([2])
      tape.reset()
      _ = tanh(h)
    }
    expectMessage("tanh: a variable of an earlier recording of this tape", in: earlier)
    let value = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let h = tape.zeros([2])
      tape.reset()
      _ = h.value
    }
    expectMessage("Variable.value: a variable of an earlier recording of this tape", in: value)
    let inner = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let outer = Tape()
      let tape = Tape(parent: outer)
      let y = tape.constant(1) * outer.zeros([2])
      outer.reset()
      _ = y * outer.zeros([2])
    }
    expectMessage(
      "multiply: the tape around this one was reset after this recording had used its variables; reset this one too",
      in: inner)
    let innerSweep = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let outer = Tape()
      let tape = Tape(parent: outer)
      let y = (tape.constant(1) * outer.variable(DenseArray(zeros: [2]))).sum()
      outer.reset()
      _ = tape.gradients(of: y)
    }
    expectMessage(
      "a reverse sweep: the tape around this one was reset after this recording had used its variables; reset this one"
        + " too", in: innerSweep)
  }

  @Test("a recording that a sweep has consumed")
  func consumed() async {
    let twice = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let loss = tape.variable(DenseArray(zeros: [])) * 2.0
      _ = tape.gradients(of: loss)
      _ = tape.gradients(of: loss)
    }
    expectMessage(
      "Tape: a reverse sweep on a tape whose recording a reverse sweep has consumed; call reset() first", in: twice)
    let operation = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let loss = tape.variable(DenseArray(zeros: [])) * 2.0
      _ = tape.gradients(of: loss)
      _ = tanh(loss)
    }
    expectMessage(
      "Tape: pointwise on a tape whose recording a reverse sweep has consumed; call reset() first", in: operation)
    let leaf = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = tape.gradients(of: tape.variable(DenseArray(zeros: [])))
      _ = tape.zeros([2])
    }
    expectMessage(
      "Tape: a new leaf on a tape whose recording a reverse sweep has consumed; call reset() first", in: leaf)
    let read = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let w = Parameter(DenseArray(zeros: [4]), name: "w")
      let view = tape.parameter(w).reshaped(to: [2, 2])
      _ = tape.gradients(of: view.sum())
      _ = view.value
    }
    expectMessage(
      "Variable.value: a parameter of a recording that a sweep has consumed; read the parameter itself", in: read)
  }

  @Test("a parameter that is changed, set or bound while an open tape uses it")
  func openParameter() async {
    let message = "Parameter w: changed while an open tape uses it; take the gradients or reset the tape first"
    let set = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let w = Parameter(DenseArray(zeros: [2]), name: "w")
      _ = tape.parameter(w)
      w.value = DenseArray(zeros: [2])
    }
    expectMessage(message, in: set)
    let changed = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let w = Parameter(DenseArray(zeros: [2]), name: "w")
      _ = tape.parameter(w)
      w.update { $0[0] = 1 }
    }
    expectMessage(message, in: changed)
    let bound = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let w = Parameter(DenseArray(zeros: [2]), name: "w")
      _ = tape.parameter(w)
      tape.bind(w, to: DenseArray(zeros: [2]))
    }
    expectMessage("Tape.bind: parameter w was used before it was bound", in: bound)
    let shape = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Tape().bind(Parameter(DenseArray(zeros: [2]), name: "w"), to: DenseArray(zeros: [3]))
    }
    expectMessage("Tape.bind: a value of shape [3] for parameter w of shape [2]", in: shape)
    let value = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Parameter(DenseArray(zeros: [2]), name: "w").value = DenseArray(zeros: [3])
    }
    expectMessage("Parameter w: a value of shape [3] for a parameter of shape [2]", in: value)
    let updated = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Parameter(DenseArray(zeros: [2]), name: "w").update { $0 = DenseArray(zeros: [3]) }
    }
    expectMessage("Parameter w: a value of shape [3] for a parameter of shape [2]", in: updated)
  }

  @Test("gradients of what is no scalar, seeds and tangents that do not fit")
  func seeds() async {
    let scalar = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = tape.gradients(of: tape.zeros([2, 3]))
    }
    expectMessage(
      "gradients: the gradient of a variable of shape [2, 3]; only a scalar has one without a seed", in: scalar)
    let whole = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = tape.gradients(of: tape.constant(DenseArray([3] as [Int32], shape: [])))
    }
    expectMessage("gradients: the gradient of a variable of int32; only floating-point ones have one", in: whole)
    let recorded = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let x = tape.variable(DenseArray(zeros: [2]))
      _ = tape.recordedGradients(of: x, withRespectTo: [x])
    }
    expectMessage(
      "recordedGradients: the gradient of a variable of shape [2]; only a scalar has one without a seed", in: recorded)
    let seed = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let x = tape.variable(DenseArray(zeros: [2]))
      _ = tape.gradients(of: [x], seeds: [DenseArray(zeros: [2], .float64)], withRespectTo: [x])
    }
    expectMessage("gradients: a seed float64 [2] for an output float32 [2]", in: seed)
    let count = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let x = tape.variable(DenseArray(zeros: [2]))
      _ = tape.gradients(of: [x, x], seeds: [DenseArray(zeros: [2])], withRespectTo: [x])
    }
    expectMessage("gradients: 1 seeds for 2 outputs", in: count)
    let tangent = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let x = tape.variable(DenseArray(zeros: [2]))
      _ = tape.tangents(of: [x], along: [x], tangents: [DenseArray(zeros: [3])])
    }
    expectMessage("tangents: a tangent float32 [3] for a variable float32 [2]", in: tangent)
    let leaf = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let x = tape.variable(DenseArray(zeros: []))
      let y = x * 2.0
      _ = tape.gradients(of: y)[y]
    }
    expectMessage(
      "Gradients: the variable is not a leaf of the recording; use gradients(of:seeds:withRespectTo:)", in: leaf)
  }

  @Test("the value of a symbolic variable, and a plain sweep over one")
  func symbolic() async {
    let value = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Program.record([([2], .float32)]) { inputs in
        inputs[0].tape.withScope("step", step: 1) { _ = inputs[0].value }
        return inputs
      }
    }
    expectMessage(
      "Variable.value: a symbolic recording has shapes and types and no values (in step, step 1)", in: value)
    let sweep = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Program.record([([], .float32)]) { inputs in
        _ = inputs[0].tape.gradients(of: [inputs[0]], withRespectTo: inputs)
        return inputs
      }
    }
    expectMessage(
      "gradients: a plain sweep needs a recording with values; use recordedGradients on a symbolic one", in: sweep)
    let run = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let (program, _) = Program.record([([2], .float32)]) { $0 }
      _ = program.run([DenseArray(zeros: [3])])
    }
    expectMessage("Program.run: input 0 is float32 [2], not float32 [3]", in: run)
    let count = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let (program, _) = Program.record([([2], .float32)]) { $0 }
      _ = program.run([])
    }
    expectMessage("Program.run: 0 arrays for 1 inputs", in: count)
  }

  @Test("rules of users' primitives that push or set wrong shapes, and missing rules")
  func userRules() async {
    let pushed = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let x = tape.variable(DenseArray(zeros: [2]))
      _ = tape.gradients(of: tape.record(WrongShapes(name: "wrong"), operands: [x])[0].sum())
    }
    expectMessage("wrong([2]): the reverse rule pushed a cotangent of shape [] for operand 0", in: pushed)
    let set = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let x = tape.variable(DenseArray(zeros: [2]))
      let y = tape.record(WrongShapes(name: "wrong"), operands: [x])
      _ = tape.tangents(of: y, along: [x], tangents: [DenseArray(zeros: [2])])
    }
    expectMessage("wrong([2]): the forward rule set a tangent of shape [] for result 0 of [2]", in: set)
    let missing = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = tape.record(Primitive(name: "empty"), operands: [tape.zeros([2])])
    }
    expectMessage("empty: no shape inference", in: missing)
  }

  @Test("executions and draws that cannot be")
  func executions() async {
    let threads = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Execution(threads: 0)
    }
    expectMessage("Execution: at least 1 thread, not 0", in: threads)
    let type = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tape(scalarType: .int32)
    }
    expectMessage("Tape: computes in float32 or float64, not in int32", in: type)
    let probability = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tape().random(.bernoulli(1.5), shape: [2], site: 0)
    }
    expectMessage("Tape.random: a probability of 1.5", in: probability)
  }

  @Test("what is no mistake: the gradient of an unused parameter is zero")
  func unusedParameter() {
    let tape = Tape()
    let used = Parameter(DenseArray([1.0, 2] as [Float]), name: "used")
    let bound = Parameter(DenseArray([3.0] as [Float]), name: "bound without influence")
    let unused = Parameter(DenseArray(zeros: [2, 2]), name: "unused")
    _ = tape.parameter(bound) * 2.0
    let gradients = tape.gradients(of: square(tape.parameter(used)).sum())
    #expect(gradients[used] == DenseArray([2.0, 4] as [Float]))
    #expect(gradients[bound] == DenseArray([0.0] as [Float]))
    #expect(gradients[unused] == DenseArray(zeros: [2, 2]))
    #expect(gradients.contains(bound))
    #expect(!gradients.contains(unused))
  }
}

/// A user's primitive whose rules give scalars where arrays belong.
private final class WrongShapes: Primitive, @unchecked Sendable {
  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    results.append(operation.operandShape(0), operation.operandType(0))
  }
  override func execute(_ operation: OperationView) {
    operation.resultElements(0).copyMemory(
      from: operation.operandElements(0), byteCount: operation.resultShape(0).count * 4)
  }
  override func reverse(_ operation: ReverseOperation) { operation.push(0, operation.tape.zeros([])) }
  override func forward(_ operation: ForwardOperation) { operation.setTangent(0, operation.tape.zeros([])) }
}
