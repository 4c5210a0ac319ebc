internal import CKernels
internal import DenseArrays

/// The form of a program that the interpreter of CKernels runs; it owns its memory.
final class CompiledPointwiseProgram: Sendable {
  nonisolated(unsafe) let program: UnsafePointer<tk_program>
  private nonisolated(unsafe) let instructions: UnsafeMutablePointer<tk_instruction>
  private nonisolated(unsafe) let literals: UnsafeMutablePointer<Double>
  /// For each input, the position of the last instruction that reads it (-1 for none).
  let lastRead: [Int]
  /// For each output, the position of the instruction that writes it.
  let written: [Int]

  init(_ source: PointwiseProgram) {
    var compiler = PointwiseCompiler(source)
    compiler.compile()
    instructions = .allocate(capacity: max(1, compiler.instructions.count))
    instructions.initialize(from: compiler.instructions, count: compiler.instructions.count)
    literals = .allocate(capacity: max(1, compiler.literals.count))
    literals.initialize(from: compiler.literals, count: compiler.literals.count)
    let memory = UnsafeMutablePointer<tk_program>.allocate(capacity: 1)
    memory.initialize(
      to: tk_program(
        instructions: instructions, literals: literals, instruction_count: Int32(compiler.instructions.count),
        input_count: Int32(source.inputCount), output_count: Int32(source.outputCount),
        constant_count: Int32(source.constantCount), literal_count: Int32(compiler.literals.count),
        slot_count: Int32(compiler.slotCount), nanoseconds_per_element: compiler.cost))
    program = UnsafePointer(memory)
    (lastRead, written) = compiler.accesses()
  }

  deinit {
    UnsafeMutablePointer(mutating: program).deallocate()
    instructions.deallocate()
    literals.deallocate()
  }
}

/// Turns a program into instructions: merges superinstructions, writes results where they belong and lets other values
/// share scratch slots.
struct PointwiseCompiler {
  let source: PointwiseProgram
  private(set) var instructions: [tk_instruction] = []
  private(set) var literals: [Double] = []
  private(set) var slotCount = 0
  private(set) var cost = 0.0

  /// An instruction whose operands are still values of the program.
  struct Draft {
    var operation: tk_operation
    var sources: [Int32]
    /// The value that it computes; nil for a copy into an output.
    var value: Int32?
    var output: Int?
  }

  init(_ source: PointwiseProgram) {
    self.source = source
  }

  mutating func compile() {
    var drafts = PointwiseSelection(source).drafts()
    appendCopies(to: &drafts)
    allocate(drafts)
  }

  /// Results that no instruction of their own computes: operands, constants, and values that are results twice.
  private func appendCopies(to drafts: inout [Draft]) {
    var owner: [Int32: Int] = [:]
    var computed = Set<Int32>()
    for draft in drafts { if let value = draft.value { computed.insert(value) } }
    for (output, result) in source.outputs.enumerated() {
      let value = PointwiseSelection.resolved(result, in: source)
      if computed.contains(value), owner[value] == nil {
        owner[value] = output
      } else {
        drafts.append(Draft(operation: TK_OP_copy, sources: [value], value: nil, output: output))
      }
    }
    for index in drafts.indices {
      if let value = drafts[index].value { drafts[index].output = owner[value] }
    }
  }

  private mutating func allocate(_ drafts: [Draft]) {
    var lastUse: [Int32: Int] = [:]
    for (position, draft) in drafts.enumerated() {
      for value in draft.sources { lastUse[value] = position }
    }
    var register: [Int32: UInt16] = [:]
    var literalRegister: [UInt64: Int] = [:]
    for value in source.nodes.indices {
      let node = source.nodes[value]
      switch node.operation {
      case .input: register[Int32(value)] = UInt16(node.a)
      case .constant: register[Int32(value)] = UInt16(source.inputCount + source.outputCount + Int(node.a))
      case .literal where lastUse[Int32(value)] != nil:
        let index = literalRegister[node.literal] ?? literals.count
        if index == literals.count {
          literals.append(Double(bitPattern: node.literal))
          literalRegister[node.literal] = index
        }
        register[Int32(value)] = UInt16(source.inputCount + source.outputCount + source.constantCount + index)
      default: break
      }
    }
    let firstSlot = source.inputCount + source.outputCount + source.constantCount + literals.count
    var free: [Int] = []
    var slotOfValue: [Int32: Int] = [:]
    for (position, draft) in drafts.enumerated() {
      let registers = draft.sources.map { register[$0] ?? 0 }
      // A slot read here for the last time can take the result: an instruction reads before it writes.
      for value in Set(draft.sources) where lastUse[value] == position {
        if let slot = slotOfValue[value] { free.append(slot) }
      }
      let target: Int
      if let output = draft.output {
        target = source.inputCount + output
      } else if let slot = free.popLast() {
        target = firstSlot + slot
        draft.value.map { slotOfValue[$0] = slot }
      } else {
        target = firstSlot + slotCount
        draft.value.map { slotOfValue[$0] = slotCount }
        slotCount += 1
      }
      if let value = draft.value { register[value] = UInt16(target) }
      if target > Int(UInt16.max) { stop("pointwise: a program of this size cannot be compiled") }
      func at(_ index: Int) -> UInt16 { index < registers.count ? registers[index] : 0 }
      instructions.append(
        tk_instruction(
          operation: UInt16(draft.operation.rawValue), target: UInt16(target), a: at(0), b: at(1), c: at(2), d: at(3)))
      cost += PointwiseSelection.nanoseconds(draft.operation)
    }
  }

  func accesses() -> (lastRead: [Int], written: [Int]) {
    var lastRead = [Int](repeating: -1, count: source.inputCount)
    var written = [Int](repeating: -1, count: source.outputCount)
    for (position, instruction) in instructions.enumerated() {
      let count = PointwiseSelection.sourceCount(tk_operation(UInt32(instruction.operation)))
      let sources = [instruction.a, instruction.b, instruction.c, instruction.d].prefix(count)
      for register in sources where Int(register) < source.inputCount { lastRead[Int(register)] = position }
      let output = Int(instruction.target) - source.inputCount
      if output >= 0, output < source.outputCount { written[output] = position }
    }
    return (lastRead, written)
  }
}
