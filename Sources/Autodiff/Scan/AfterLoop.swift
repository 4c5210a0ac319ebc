internal import DenseArrays

/// What is done for all steps at once after a reverse loop: the captures' cotangents from whole sequences.
struct AfterLoop {
  let step: DerivedStep
  let storage: ProgramStorage
  let inLoop: [Bool]
  let varies: [Bool]
  let time: Int
  let builder: DerivedBuilder
  let tape: Tape
  var inputs: [(source: ReverseScan.AfterInput, variable: Variable)] = []
  private var known: [Int32: BatchedOperand] = [:]
  private var producers: [Int32: Int] = [:]

  init(step: DerivedStep, storage: ProgramStorage, inLoop: [Bool], varies: [Bool], time: Int, builder: DerivedBuilder) {
    self.varies = varies
    self.step = step
    self.storage = storage
    self.inLoop = inLoop
    self.time = time
    self.builder = builder
    tape = .symbolic(storage.scalarType)
    for (index, operation) in storage.operations.enumerated() {
      for slot in storage.results(operation) { producers[slot] = index }
    }
  }

  private mutating func input(_ source: ReverseScan.AfterInput, _ shape: Shape, _ scalarType: ScalarType) -> Variable {
    if let existing = inputs.first(where: { $0.source == source }) { return existing.variable }
    let variable = tape.symbolicInput(shape, scalarType)
    inputs.append((source, variable))
    return variable
  }

  /// A value of the step for all steps.
  private mutating func whole(_ slot: Int32, _ emit: (Int32) -> Int) -> BatchedOperand {
    if let operand = known[slot] { return operand }
    let operand = makeWhole(slot, emit)
    known[slot] = operand
    return operand
  }

  private mutating func makeWhole(_ slot: Int32, _ emit: (Int32) -> Int) -> BatchedOperand {
    let type = storage.slots[Int(slot)]
    if let array = storage.constants[slot] { return .invariant(tape.constant(array)) }
    if let forward = step.forward[slot] {
      if let capture = builder.captureIndex(forward), capture >= 0 {
        return .invariant(input(.capture(capture), type.shape, type.scalarType))
      }
      if varies[Int(slot)], let (source, columns) = builder.source(forward) {
        let shape = builder.body.type(of: source) ?? type.shape
        let whole = input(.forward(source), shape.prepending(time), type.scalarType)
        return .sequence(columns.map { whole.slice(axis: -1, $0) } ?? whole)
      }
    }
    guard let index = producers[slot] else {
      // A seed: the loop has it as a sequence or carries it; the loop emits it.
      return .sequence(input(.emitted(emit(slot)), type.shape.prepending(time), type.scalarType))
    }
    if inLoop[index], varies[Int(slot)], step.forward[slot] == nil {
      return .sequence(input(.emitted(emit(slot)), type.shape.prepending(time), type.scalarType))
    }
    let operation = storage.operations[index]
    let sequences = storage.operands(operation).map { varies[Int($0)] }
    if sequences.contains(true), !Batching.canBatch(operation, of: storage, sequences: sequences) {
      // A forward value that is not kept: the loop makes it again.
      return .sequence(input(.emitted(emit(slot)), type.shape.prepending(time), type.scalarType))
    }
    let operands = storage.operands(operation).map { whole($0, emit) }
    let results: [BatchedOperand]
    if operands.contains(where: \.isSequence) {
      results = Batching.batch(operation, of: storage, operands: operands, count: time, on: tape).map { .sequence($0) }
    } else {
      results = tape.emit(operation, of: storage, operands: operands.map(\.variable)).map { .invariant($0) }
    }
    for (result, value) in zip(storage.results(operation), results) where result != slot { known[result] = value }
    return results[Int(slot - operation.firstResult)]
  }

  /// The sum of a value over all steps.
  mutating func total(_ slot: Int32, _ emit: (Int32) -> Int) -> Variable {
    if let index = producers[slot], !inLoop[index], step.forward[slot] == nil {
      let operation = storage.operations[index]
      let operands = Array(storage.operands(operation))
      if let program = storage.pointwiseProgram(operation), program == .add,
        operands.allSatisfy({ storage.slots[Int($0)].shape == storage.slots[Int(slot)].shape })
      {
        return total(operands[0], emit) + total(operands[1], emit)
      }
      if storage.isA(MatrixProductPrimitive.shared, operation), Array(storage.integers(operation)) == [1, 0],
        operands.count == 2, operands.allSatisfy({ storage.slots[Int($0)].shape.rank == 2 })
      {
        let left = whole(operands[0], emit)
        let right = whole(operands[1], emit)
        if left.isSequence, right.isSequence {
          return matmul(rows(left.variable), rows(right.variable), transposeFirst: true)
        }
      }
      if storage.isA(SumPrimitive.shared, operation), storage.integers(operation).first == 0,
        Array(storage.integers(operation))[2] == 0
      {
        let operand = whole(operands[0], emit)
        if operand.isSequence {
          return operand.variable.sum(block: 0, Array(storage.integers(operation))[1] + 1, keepingAxes: false)
        }
      }
      if storage.isA(ReshapePrimitive.shared, operation) {
        return total(operands[0], emit).reshaped(to: storage.slots[Int(slot)].shape)
      }
    }
    switch whole(slot, emit) {
    case .sequence(let variable): return variable.sum(axes: [0])
    case .invariant(let variable): return variable * Double(time)
    }
  }

  private func rows(_ variable: Variable) -> Variable {
    variable.reshaped(to: [variable.shape[0] * variable.shape[1], variable.shape[2]])
  }
}
