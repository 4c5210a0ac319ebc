internal import DenseArrays

/// A step's program run for all steps at once, on whole sequences.
struct WholeSequences {
  let tape: Tape
  /// The number of steps.
  let time: Int

  /// The program's outputs for all steps, [time, ...], or nil when it has an operation that cannot be done for all steps
  /// at once.
  func run(_ program: Program, _ inputs: [BatchedOperand]) -> [Variable]? {
    let storage = program.storage
    guard canRun(storage, inputs) else { return nil }
    var values: [Int32: BatchedOperand] = [:]
    for (slot, input) in zip(storage.inputs, inputs) { values[slot] = input }
    for (slot, array) in storage.constants { values[slot] = .invariant(tape.constant(array)) }
    let live = storage.liveOperations(for: storage.outputs)
    for (index, operation) in storage.operations.enumerated() where live[index] {
      let operands = storage.operands(operation).compactMap { values[$0] }
      if operands.contains(where: \.isSequence) {
        let results = Batching.batch(operation, of: storage, operands: operands, count: time, on: tape)
        for (slot, result) in zip(storage.results(operation), results) { values[slot] = .sequence(result) }
      } else {
        let results = tape.emit(operation, of: storage, operands: operands.map(\.variable))
        for (slot, result) in zip(storage.results(operation), results) { values[slot] = .invariant(result) }
      }
    }
    return storage.outputs.compactMap { slot in
      switch values[slot] {
      case .sequence(let variable): variable
      case .invariant(let variable): variable.broadcast(to: variable.shape.prepending(time))
      case nil: nil
      }
    }
  }

  private func canRun(_ storage: ProgramStorage, _ inputs: [BatchedOperand]) -> Bool {
    var areSequences = Set<Int32>()
    for (slot, input) in zip(storage.inputs, inputs) where input.isSequence { areSequences.insert(slot) }
    let live = storage.liveOperations(for: storage.outputs)
    for (index, operation) in storage.operations.enumerated() where live[index] {
      let sequences = storage.operands(operation).map { areSequences.contains($0) }
      guard sequences.contains(true) else { continue }
      guard Batching.canBatch(operation, of: storage, sequences: sequences) else { return false }
      areSequences.formUnion(storage.results(operation))
    }
    return true
  }
}
