internal import DenseArrays

/// Natural operators; shapes broadcast by NumPy's rules, and shapes that do not fit stop with a line that names both.
extension Variable {
  /// Applies a one-operand program.
  @inline(__always)
  func apply(_ program: PointwiseProgram) -> Variable {
    let tape = recorder
    return Variable(tape: tape, slot: tape.core.pointwise(program, tape.check(self, program.label)))
  }

  /// Applies a program of one operand and a number.
  @inline(__always)
  func apply(_ program: PointwiseProgram, constant: Double) -> Variable {
    let tape = recorder
    return Variable(tape: tape, slot: tape.core.pointwise(program, tape.check(self, program.label), constant: constant))
  }

  /// Applies a two-operand program on the innermost of the operands' tapes.
  @inline(__always)
  func apply(_ program: PointwiseProgram, _ other: Variable) -> Variable {
    let core = tape.core
    if tape === other.tape, core.pointee.innerRecording == nil, generation == core.pointee.generation,
      other.generation == core.pointee.generation
    {
      return Variable(tape: tape, slot: core.pointwise(program, slot, other.slot))
    }
    return applySlowly(program, other)
  }

  @inline(never)
  private func applySlowly(_ program: PointwiseProgram, _ other: Variable) -> Variable {
    let tape = recordingTape(self, other)
    let first = tape.check(self, program.label)
    let second = tape.check(other, program.label)
    return Variable(tape: tape, slot: tape.core.pointwise(program, first, second))
  }

  public static func + (a: Variable, b: Variable) -> Variable { a.apply(.add, b) }
  public static func - (a: Variable, b: Variable) -> Variable { a.apply(.subtract, b) }
  public static func * (a: Variable, b: Variable) -> Variable { a.apply(.multiply, b) }
  public static func / (a: Variable, b: Variable) -> Variable { a.apply(.divide, b) }
  public static prefix func - (a: Variable) -> Variable { a.apply(.negate) }

  public static func + (a: Variable, b: Double) -> Variable { a.apply(.addConstant, constant: b) }
  public static func - (a: Variable, b: Double) -> Variable { a.apply(.subtractConstant, constant: b) }
  public static func * (a: Variable, b: Double) -> Variable { a.apply(.multiplyConstant, constant: b) }
  public static func / (a: Variable, b: Double) -> Variable { a.apply(.divideByConstant, constant: b) }

  public static func + (a: Double, b: Variable) -> Variable { b.apply(.addConstant, constant: a) }
  public static func - (a: Double, b: Variable) -> Variable { b.apply(.subtractFromConstant, constant: a) }
  public static func * (a: Double, b: Variable) -> Variable { b.apply(.multiplyConstant, constant: a) }
  public static func / (a: Double, b: Variable) -> Variable { b.apply(.divideConstant, constant: a) }

  public static func += (a: inout Variable, b: Variable) { a = a + b }
  public static func -= (a: inout Variable, b: Variable) { a = a - b }
  public static func *= (a: inout Variable, b: Variable) { a = a * b }
  public static func /= (a: inout Variable, b: Variable) { a = a / b }
}

extension Variable {
  /// The tape that an operation on the variable is recorded on: its own, or the recording of a step or a checkpointed
  /// function that is going on inside it.
  @inline(__always)
  var recorder: Tape { tape.core.pointee.innerRecording == nil ? tape : tape.innermostRecording }
}

/// The tape that an operation on two variables is recorded on: the inner one of nested tapes.
@inline(__always)
func recordingTape(_ first: Variable, _ second: Variable) -> Tape {
  if first.tape === second.tape { return first.recorder }
  return first.tape.isSelfOrAncestor(of: second.tape) ? second.recorder : first.recorder
}

/// The innermost of several variables' tapes.
func recordingTape(_ variables: [Variable], _ operation: String) -> Tape {
  guard var innermost = variables.first else { stop("\(operation): no operands") }
  for variable in variables.dropFirst() where innermost.tape.isSelfOrAncestor(of: variable.tape) {
    innermost = variable
  }
  return innermost.recorder
}
