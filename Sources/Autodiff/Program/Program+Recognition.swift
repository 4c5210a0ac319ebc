internal import DenseArrays

extension Tape {
  /// The recording so far as a program: the one of `known` that has the same operations on the same slots with the same
  /// numbers, or a new one.
  func program(inputs: [Variable], outputs: [Variable], known: [Program]) -> Program {
    let first = inputs.map { check($0, "program") }
    let last = outputs.map { check($0, "program") }
    return known.first { isRecording(of: $0.storage, inputs: first, outputs: last) }
      ?? program(inputs: inputs, outputs: outputs)
  }

  private func isRecording(of storage: ProgramStorage, inputs: [Int32], outputs: [Int32]) -> Bool {
    let tape = core.pointee
    guard tape.operations.count == storage.operations.count, tape.slots.count == storage.slots.count,
      tape.operandSlots.count == storage.operandSlots.count, tape.integers.count == storage.integers.count,
      tape.scalars.count == storage.scalars.count, inputs == storage.inputs, outputs == storage.outputs,
      storage.operandSlots.indices.allSatisfy({ tape.operandSlots[$0] == storage.operandSlots[$0] }),
      storage.integers.indices.allSatisfy({ tape.integers[$0] == storage.integers[$0] }),
      storage.scalars.indices.allSatisfy({ tape.scalars[$0].bitPattern == storage.scalars[$0].bitPattern })
    else { return false }
    for (index, other) in storage.operations.enumerated() {
      guard isSame(tape.operations[index], other, of: storage) else { return false }
    }
    var constants = 0
    for (index, type) in storage.slots.enumerated() {
      let slot = tape.slots[index]
      guard slot.shape == type.shape, slot.scalarType == type.scalarType else { return false }
      guard slot.producer < 0, slot.pointer != nil, !inputs.contains(Int32(index)) else { continue }
      constants += 1
      let value = Variable(tape: self, slot: Int32(index)).copiedValue
      guard storage.constants[Int32(index)] == value else { return false }
    }
    return constants == storage.constants.count
  }

  private func isSame(_ a: Operation, _ b: Operation, of storage: ProgramStorage) -> Bool {
    guard a.primitive.toOpaque() == b.primitive.toOpaque(), a.firstOperand == b.firstOperand,
      a.operandCount == b.operandCount, a.firstResult == b.firstResult, a.resultCount == b.resultCount,
      a.firstInteger == b.firstInteger, a.integerCount == b.integerCount, a.firstScalar == b.firstScalar,
      a.scalarCount == b.scalarCount
    else { return false }
    if a.body?.toOpaque() == b.body?.toOpaque() { return true }
    guard let first = storage.pointwiseProgram(a), let second = storage.pointwiseProgram(b) else { return false }
    return first == second
  }
}
