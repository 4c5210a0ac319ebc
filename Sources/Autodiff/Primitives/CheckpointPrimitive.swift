internal import DenseArrays

/// A nested program: run without keeping its intermediates, and run again when it is differentiated.
///
/// The rules apply programs derived from the nested one through the same primitive, so that derivatives of any order keep
/// only operands and results.
final class CheckpointPrimitive: Primitive, @unchecked Sendable {
  static let shared = CheckpointPrimitive(immortal: "checkpoint")

  private static func program(_ view: OperationView) -> Program {
    guard let body = view.operation.pointee.body else { stop("checkpoint: no program") }
    return Program(storage: unsafeDowncast(body.takeUnretainedValue(), to: ProgramStorage.self))
  }

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    let program = Self.program(operation)
    for (position, type) in program.inputTypes.enumerated() {
      guard operation.operandShape(position) == type.shape, operation.operandType(position) == type.scalarType else {
        operation.fail(
          "operand \(position) is \(operation.operandType(position)) \(operation.operandShape(position)), "
            + "the program's input \(type.scalarType) \(type.shape)")
      }
    }
    for type in program.outputTypes { results.append(type.shape, type.scalarType) }
  }

  override func execute(_ operation: OperationView) {
    let program = Self.program(operation)
    let tape = operation.core.pointee.tape.takeUnretainedValue().scratchTape
    tape.reset()
    let inputs = (0..<operation.operandCount).map { tape.borrowed(operation.operandEntry($0).pointee) }
    let outputs = tape.replay(program, inputs)
    for (position, output) in outputs.enumerated() {
      let entry = output.entry
      if let pointer = entry.pointer {
        operation.resultElements(position).copyMemory(from: pointer, byteCount: entry.byteCount)
      }
    }
  }

  override func reverse(_ operation: ReverseOperation) {
    let program = Self.program(operation.view)
    let wanted = (0..<operation.operandCount).filter { operation.needs($0) }
    let seeded = (0..<operation.resultCount).filter { operation.cotangent($0) != nil }
    let derived = program.reversed(withRespectTo: wanted, seeds: seeded)
    let operands =
      (0..<operation.operandCount).map { operation.operand($0) } + seeded.compactMap { operation.cotangent($0) }
    for (position, cotangent) in zip(wanted, operation.tape.run(derived, operands)) {
      operation.push(position, cotangent)
    }
  }

  override func forward(_ operation: ForwardOperation) {
    let program = Self.program(operation.view)
    let moved = (0..<operation.operandCount).filter { operation.tangent($0) != nil }
    let derived = program.tangents(along: moved)
    let operands =
      (0..<operation.operandCount).map { operation.operand($0) } + moved.compactMap { operation.tangent($0) }
    for (position, tangent) in operation.tape.run(derived, operands).enumerated() {
      if operation.view.resultType(position).isFloatingPoint { operation.setTangent(position, tangent) }
    }
  }

  override func describeAttributes(_ operation: OperationView) -> String {
    "of \(Self.program(operation).operationCount) operations"
  }
}

extension Tape {
  /// A tape for running nested programs, kept for the next one.
  var scratchTape: Tape {
    if let scratch { return scratch }
    let tape = Tape(scalarType: scalarType, execution: execution, parent: nil, mode: .valuesOnly)
    scratch = tape
    return tape
  }

  /// Records a program as one operation whose intermediates are not kept.
  func run(_ program: Program, _ operands: [Variable]) -> [Variable] {
    let first = applyFirst(
      CheckpointPrimitive.shared, operands: operands, integers: [], scalars: [], body: program.storage)
    return program.outputTypes.indices.map { Variable(tape: self, slot: first + Int32($0)) }
  }
}

/// Runs a function without keeping its intermediates; a reverse sweep runs it again.
///
/// Everything that the function does is part of it, also what it makes of variables of the surrounding tape alone: that is
/// run again too, and is not kept. The variables themselves are what the function reads besides its inputs. On a tape that
/// looks for the first NaN, everything inside is recorded and kept.
///
/// - Parameters:
///   - inputs: what the function is given; variables and parameters of the surrounding tape may be used inside too.
///   - body: the function, recorded without values: reading a value inside stops.
/// - Returns: what the function returns. Cost: one more forward pass in the reverse sweep; memory of inputs and results.
public func checkpoint(_ inputs: [Variable], _ body: ([Variable]) -> [Variable]) -> [Variable] {
  let outer = recordingTape(inputs, "checkpoint")
  // A report of the first NaN names an operation, which has to be recorded for that.
  if outer.detectsNonFinite { return body(inputs) }
  let inner = Tape(scalarType: outer.scalarType, execution: outer.execution, parent: outer, mode: .symbolic)
  inner.randomSeed = outer.randomSeed
  inner.scanMemory = outer.scanMemory
  let own = inputs.map { inner.symbolicInput($0.shape, $0.scalarType, isDifferentiable: $0.isDifferentiable) }
  let results = outer.recording(on: inner) { body(own) }.map { inner.adopt($0, "checkpoint") }
  let captured = inner.capturedSlots
  let program = inner.program(
    inputs: own + captured.compactMap { inner.captures[$0] }.map { Variable(tape: inner, slot: $0) }, outputs: results)
  return outer.run(
    program, inputs.map { outer.adopt($0, "checkpoint") } + captured.map { Variable(tape: outer, slot: $0) })
}
