internal import DenseArrays

/// Merges the elementwise operations of a program into as few as can be, and leaves out what nothing needs.
///
/// An operation's level is the number of other operations (products, reductions) on the longest way to it. Elementwise
/// operations of one level and one result shape become one program, which runs in one pass.
struct PointwiseFusion {
  let storage: ProgramStorage
  private let live: [Bool]

  private struct Group: Hashable {
    var level: Int
    var shape: Shape
    var scalarType: ScalarType
  }

  init(_ program: Program) {
    storage = program.storage
    live = storage.liveOperations(for: storage.outputs)
  }

  /// The fused program; `isDifferentiable` says which inputs can have gradients, so that intermediates are kept.
  func fused(isDifferentiable: Bool) -> Program {
    var levels = [Int](repeating: 0, count: storage.slots.count)
    var groups: [Group: [Int]] = [:]
    var barriers: [Int: [Int]] = [:]
    var deepest = 0
    for (index, operation) in storage.operations.enumerated() where live[index] {
      var level = storage.operands(operation).map { levels[Int($0)] }.max() ?? 0
      let isPointwise = storage.pointwiseProgram(operation) != nil
      // Views cost nothing and are no barrier.
      let isView =
        storage.isA(SlicePrimitive.shared, operation) || storage.isA(ReshapePrimitive.shared, operation)
        || storage.isA(DetachPrimitive.shared, operation)
      if !isPointwise, !isView { level += 1 }
      for result in storage.results(operation) { levels[Int(result)] = level }
      deepest = max(deepest, level)
      if isPointwise {
        let type = storage.slots[Int(operation.firstResult)]
        groups[Group(level: level, shape: type.shape, scalarType: type.scalarType), default: []].append(index)
      } else {
        barriers[level, default: []].append(index)
      }
    }
    let used = uses()
    let tape = Tape.symbolic(storage.scalarType)
    let inputs = storage.inputs.map { slot in
      tape.symbolicInput(
        storage.slots[Int(slot)].shape, storage.slots[Int(slot)].scalarType, isDifferentiable: isDifferentiable)
    }
    var map: [Int32: Variable] = [:]
    for (slot, input) in zip(storage.inputs, inputs) { map[slot] = input }
    for (slot, array) in storage.constants { map[slot] = tape.constant(array) }
    /// Emits an operation that is not elementwise once its operands are there.
    func emitBarrier(_ index: Int) {
      let operation = storage.operations[index]
      let operands = storage.operands(operation).compactMap { map[$0] }
      let results = tape.emit(operation, of: storage, operands: operands)
      for (slot, result) in zip(storage.results(operation), results) { map[slot] = result }
    }
    for level in 0...deepest {
      var waiting = barriers[level] ?? []
      /// Emits what is ready; views of elementwise results come after these.
      func emitReady() {
        var stillWaiting: [Int] = []
        for index in waiting {
          if storage.operands(storage.operations[index]).allSatisfy({ map[$0] != nil }) {
            emitBarrier(index)
          } else {
            stillWaiting.append(index)
          }
        }
        waiting = stillWaiting
      }
      emitReady()
      // Groups of one level may feed each other through broadcasting or views: emit each operation's group when ready.
      var remaining = groups.filter { $0.key.level == level }.map { $0.value }
      while !remaining.isEmpty {
        var progressed = false
        var next: [[Int]] = []
        for members in remaining.sorted(by: { $0[0] < $1[0] }) {
          let ready = readyPrefix(members, map)
          if !ready.isEmpty {
            emitGroup(ready, used, tape, &map)
            emitReady()
            progressed = true
          }
          let rest = members.filter { !ready.contains($0) }
          if !rest.isEmpty { next.append(rest) }
        }
        remaining = next
        if !progressed { stop("scan: elementwise operations depend on each other in a circle") }
      }
      emitReady()
    }
    return tape.program(inputs: inputs, outputs: storage.outputs.compactMap { map[$0] })
  }

  /// How often each slot is read, outputs included.
  private func uses() -> [Int32: [Int]] {
    var result: [Int32: [Int]] = [:]
    for (index, operation) in storage.operations.enumerated() where live[index] {
      for slot in storage.operands(operation) { result[slot, default: []].append(index) }
    }
    for slot in storage.outputs { result[slot, default: []].append(-1) }
    return result
  }

  /// The members whose operands are there or come from members before them.
  private func readyPrefix(_ members: [Int], _ map: [Int32: Variable]) -> [Int] {
    var made: Set<Int32> = []
    var ready: [Int] = []
    for index in members {
      let operation = storage.operations[index]
      if storage.operands(operation).allSatisfy({ map[$0] != nil || made.contains($0) }) {
        made.formUnion(storage.results(operation))
        ready.append(index)
      }
    }
    return ready
  }

  /// Emits the members as one elementwise operation.
  private func emitGroup(_ members: [Int], _ used: [Int32: [Int]], _ tape: Tape, _ map: inout [Int32: Variable]) {
    let inside = Set(members)
    var external: [Int32] = []
    var made: Set<Int32> = []
    for index in members {
      let operation = storage.operations[index]
      for slot in storage.operands(operation) where !made.contains(slot) && !external.contains(slot) {
        external.append(slot)
      }
      made.formUnion(storage.results(operation))
    }
    // A program has at most 64 operands, and its derivative reads a cotangent of each result too, and so on for higher
    // orders; larger groups go out in halves.
    let leaving = made.filter { slot in used[slot]?.contains { !inside.contains($0) } ?? false }
    if external.count + leaving.count > 32 || members.count > 200, members.count > 1 {
      let half = members.count / 2
      emitGroup(Array(members[..<half]), used, tape, &map)
      emitGroup(Array(members[half...]), used, tape, &map)
      return
    }
    var builder = PointwiseBuilder()
    var values: [Int32: Int32] = [:]
    for (position, slot) in external.enumerated() { values[slot] = builder.input(position) }
    var scalars: [Double] = []
    var outputs: [Int32] = []
    for index in members {
      let operation = storage.operations[index]
      guard let program = storage.pointwiseProgram(operation) else { continue }
      let constants = storage.scalars(operation).map { scalar -> Int32 in
        scalars.append(scalar)
        return builder.constant(scalars.count - 1)
      }
      let inputs = storage.operands(operation).compactMap { values[$0] }
      let results = builder.append(program, inputs: inputs, constants: constants)
      for (slot, result) in zip(storage.results(operation), results) {
        values[slot] = result
        if let readers = used[slot], readers.contains(where: { !inside.contains($0) }) { outputs.append(slot) }
      }
    }
    let program = builder.program(
      inputCount: external.count, constantCount: scalars.count, outputs: outputs.compactMap { values[$0] })
    let operands = external.compactMap { map[$0] }
    let isDifferentiable = operands.contains { $0.isDifferentiable }
    let operationBuilder = OperationBuilder(
      tape.core, pointwiseEntry: tape.core.pointwiseEntry(program, isDifferentiable: isDifferentiable))
    for operand in operands { operationBuilder.operand(operand.slot) }
    for scalar in scalars { operationBuilder.scalar(scalar) }
    let first: Int32 = operationBuilder.finish()
    for (position, slot) in outputs.enumerated() { map[slot] = Variable(tape: tape, slot: first + Int32(position)) }
  }
}
