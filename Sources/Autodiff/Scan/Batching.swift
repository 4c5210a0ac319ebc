internal import DenseArrays

/// An operand of an operation that is done for all time steps at once.
enum BatchedOperand {
  /// The same at every step.
  case invariant(Variable)
  /// [time, ...].
  case sequence(Variable)

  var variable: Variable {
    switch self {
    case .invariant(let variable), .sequence(let variable): variable
    }
  }

  var isSequence: Bool {
    if case .sequence = self { true } else { false }
  }
}

/// Doing an operation of a step for all steps at once: time becomes the first axis.
enum Batching {
  /// Whether `batch` can do the operation with sequences in the given places; at least one operand is a sequence.
  static func canBatch(_ operation: Operation, of storage: ProgramStorage, sequences: [Bool]) -> Bool {
    let shapes = storage.operands(operation).map { storage.slots[Int($0)].shape }
    for result in storage.results(operation) where storage.slots[Int(result)].shape.rank >= Shape.maximumRank {
      return false
    }
    for shape in shapes where shape.rank >= Shape.maximumRank { return false }
    if storage.pointwiseProgram(operation) != nil { return true }
    if storage.isA(MatrixProductPrimitive.shared, operation) {
      let transposesFirst = storage.integers(operation).first != 0
      let result = storage.slots[Int(operation.firstResult)].shape
      let biasFits = sequences.count < 3 || (sequences[2] ? shapes[2] == result : shapes[2].rank == 1)
      if sequences[0], !sequences[1] { return !transposesFirst && shapes[1].rank == 2 && biasFits }
      return sequences[0] && sequences[1] && sequences.count == 2 && shapes[0].rank == shapes[1].rank
    }
    let sameWithAxis: [Primitive] = [
      ReshapePrimitive.shared, SlicePrimitive.shared, PadPrimitive.shared, SumPrimitive.shared,
      BroadcastPrimitive.shared, TransposePrimitive.shared, ConcatenatePrimitive.shared, DetachPrimitive.shared,
      CumulativeSumPrimitive.shared, LogSumExpPrimitive.shared,
    ]
    if sameWithAxis.contains(where: { storage.isA($0, operation) }) { return true }
    if storage.isA(GatherPrimitive.shared, operation) { return !sequences[0] && sequences[1] }
    let rowWise: [Primitive] = [CrossEntropyPrimitive.shared, PickPrimitive.shared, PlacePrimitive.shared]
    return rowWise.contains { storage.isA($0, operation) } && sequences.allSatisfy { $0 }
  }

  /// The operation for all `count` steps, recorded on `tape`; `canBatch` must hold.
  static func batch(
    _ operation: Operation, of storage: ProgramStorage, operands: [BatchedOperand], count: Int, on tape: Tape
  ) -> [Variable] {
    let integers = Array(storage.integers(operation))
    let variables = operands.map(\.variable)
    func emit(_ operands: [Variable], _ integers: [Int]) -> [Variable] {
      tape.emit(operation, of: storage, operands: operands, integers: integers)
    }
    if storage.pointwiseProgram(operation) != nil {
      let rank = storage.slots[Int(operation.firstResult)].shape.rank
      let aligned = operands.map { operand -> Variable in
        guard case .sequence(let variable) = operand, variable.shape.rank - 1 < rank else { return operand.variable }
        var shape: Shape = [count]
        for _ in 0..<(rank - variable.shape.rank + 1) { shape.append(1) }
        for axis in 1..<variable.shape.rank { shape.append(variable.shape[axis]) }
        return variable.reshaped(to: shape)
      }
      return emit(aligned, integers)
    }
    if storage.isA(ReshapePrimitive.shared, operation) { return emit(variables, [count] + integers) }
    if storage.isA(BroadcastPrimitive.shared, operation) {
      var shape: Shape = [count]
      for _ in 0..<(integers.count - variables[0].shape.rank + 1) { shape.append(1) }
      for axis in 1..<variables[0].shape.rank { shape.append(variables[0].shape[axis]) }
      return emit([variables[0].reshaped(to: shape)], [count] + integers)
    }
    if storage.isA(TransposePrimitive.shared, operation) { return emit(variables, [0] + integers.map { $0 + 1 }) }
    let shifted: [Primitive] = [
      SlicePrimitive.shared, PadPrimitive.shared, SumPrimitive.shared, CumulativeSumPrimitive.shared,
    ]
    if shifted.contains(where: { storage.isA($0, operation) }) {
      return emit(variables, [integers[0] + 1] + integers.dropFirst())
    }
    if storage.isA(ConcatenatePrimitive.shared, operation) {
      let parts = operands.map { operand in
        operand.isSequence
          ? operand.variable : operand.variable.broadcast(to: operand.variable.shape.prepending(count))
      }
      return emit(parts, [integers[0] + 1])
    }
    return emit(variables, integers)
  }
}
