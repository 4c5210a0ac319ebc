internal import CKernels
internal import DenseArrays

/// Rows of a table, named by int32 indices: [rows, ...] and indices of any shape give [indices..., ...].
final class GatherPrimitive: Primitive, @unchecked Sendable {
  static let shared = GatherPrimitive(immortal: "gather")

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    guard operation.operandShape(0).rank >= 1 else { operation.fail("the table needs at least one axis") }
    guard operation.operandType(1) == .int32 else {
      operation.fail("indices are int32, not \(operation.operandType(1))")
    }
    results.append(
      Shape(Array(operation.operandShape(1)) + Array(operation.operandShape(0).dropFirst)), operation.operandType(0))
  }

  override func execute(_ operation: OperationView) {
    let table = operation.operandShape(0)
    let rowBytes = table.dropFirst.count * operation.operandType(0).byteCount
    let source = operation.operandElements(0)
    let destination = operation.resultElements(0)
    forEachIndex(operation, operand: 1, below: table[0]) { position, index in
      (destination + position * rowBytes).copyMemory(from: source + index * rowBytes, byteCount: rowBytes)
    }
  }

  override func reverse(_ operation: ReverseOperation) {
    guard let cotangent = operation.cotangent() else { return }
    operation.pushRows(0, cotangent, at: operation.operand(1))
  }

  override func forward(_ operation: ForwardOperation) {
    guard let tangent = operation.tangent(0) else { return }
    operation.setTangent(0, gather(tangent, at: operation.operand(1)))
  }
}

/// The adjoint of `gather`: zeros of [rows, ...] to whose rows values are added. Integers: the number of rows.
final class ScatterAddPrimitive: Primitive, @unchecked Sendable {
  static let shared = ScatterAddPrimitive(immortal: "scatterAdd")

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    let values = operation.operandShape(0)
    let indices = operation.operandShape(1)
    guard operation.operandType(1) == .int32 else {
      operation.fail("indices are int32, not \(operation.operandType(1))")
    }
    guard operation.operandType(0).isFloatingPoint else { operation.fail("adds floating-point numbers, not int32") }
    guard values.rank >= indices.rank, (0..<indices.rank).allSatisfy({ values[$0] == indices[$0] }) else {
      operation.fail("values must begin with the indices' axes")
    }
    var shape: Shape = [operation.integer(0)]
    for axis in indices.rank..<max(values.rank, indices.rank) { shape.append(values[axis]) }
    results.append(shape, operation.operandType(0))
  }

  override func execute(_ operation: OperationView) {
    let entry = operation.resultEntry(0).pointee
    let destination = operation.resultElements(0)
    tk_clear(destination, entry.byteCount)
    let rowCount = entry.shape.dropFirst.count
    let rowBytes = rowCount * entry.scalarType.byteCount
    let source = operation.operandElements(0)
    forEachIndex(operation, operand: 1, below: operation.integer(0)) { position, index in
      tk_add_in_place(
        operation.core.pointee.kernels, 1, entry.scalarType.kernelType, rowCount, source + position * rowBytes,
        destination + index * rowBytes)
    }
  }

  override func reverse(_ operation: ReverseOperation) {
    guard let cotangent = operation.cotangent() else { return }
    operation.push(0, gather(cotangent, at: operation.operand(1)))
  }

  override func forward(_ operation: ForwardOperation) {
    guard let tangent = operation.tangent(0) else { return }
    operation.setTangent(0, scatterAdd(tangent, at: operation.operand(1), rows: operation.integer(0)))
  }
}

/// One element of each row of the last axis, named by int32 indices of the leading shape.
final class PickPrimitive: Primitive, @unchecked Sendable {
  static let shared = PickPrimitive(immortal: "pick")

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    let shape = operation.operandShape(0)
    guard operation.operandType(1) == .int32 else {
      operation.fail("labels are int32, not \(operation.operandType(1))")
    }
    guard shape.rank >= 1, shape.dropLast == operation.operandShape(1) else {
      operation.fail("labels must have the shape without the last axis")
    }
    results.append(operation.operandShape(1), operation.operandType(0))
  }

  override func execute(_ operation: OperationView) {
    let classes = operation.operandShape(0)[-1]
    let bytes = operation.operandType(0).byteCount
    let source = operation.operandElements(0)
    let destination = operation.resultElements(0)
    forEachIndex(operation, operand: 1, below: classes) { position, label in
      (destination + position * bytes).copyMemory(from: source + (position * classes + label) * bytes, byteCount: bytes)
    }
  }

  override func reverse(_ operation: ReverseOperation) {
    guard let cotangent = operation.cotangent() else { return }
    operation.push(
      0, place(cotangent, at: operation.operand(1), classes: operation.view.operandShape(0)[-1]))
  }

  override func forward(_ operation: ForwardOperation) {
    guard let tangent = operation.tangent(0) else { return }
    operation.setTangent(0, pick(tangent, at: operation.operand(1)))
  }
}

/// The adjoint of `pick`: rows of zeros with one element each. Integers: the size of the new last axis.
final class PlacePrimitive: Primitive, @unchecked Sendable {
  static let shared = PlacePrimitive(immortal: "place")

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    guard operation.operandType(1) == .int32 else {
      operation.fail("labels are int32, not \(operation.operandType(1))")
    }
    guard operation.operandShape(0) == operation.operandShape(1) else {
      operation.fail("values and labels differ in shape")
    }
    results.append(operation.operandShape(0).appending(operation.integer(0)), operation.operandType(0))
  }

  override func execute(_ operation: OperationView) {
    let entry = operation.resultEntry(0).pointee
    let destination = operation.resultElements(0)
    tk_clear(destination, entry.byteCount)
    let classes = operation.integer(0)
    let bytes = entry.scalarType.byteCount
    let source = operation.operandElements(0)
    forEachIndex(operation, operand: 1, below: classes) { position, label in
      (destination + (position * classes + label) * bytes).copyMemory(from: source + position * bytes, byteCount: bytes)
    }
  }

  override func reverse(_ operation: ReverseOperation) {
    guard let cotangent = operation.cotangent() else { return }
    operation.push(0, pick(cotangent, at: operation.operand(1)))
  }

  override func forward(_ operation: ForwardOperation) {
    guard let tangent = operation.tangent(0) else { return }
    operation.setTangent(0, place(tangent, at: operation.operand(1), classes: operation.integer(0)))
  }
}

/// Calls `body` with each position and index; an index outside of 0..<limit stops.
@inline(__always)
private func forEachIndex(_ operation: OperationView, operand: Int, below limit: Int, _ body: (Int, Int) -> Void) {
  let indices = operation.operandElements(operand).assumingMemoryBound(to: Int32.self)
  for position in 0..<operation.operandShape(operand).count {
    let index = Int(indices[position])
    if index < 0 || index >= limit { operation.fail("index \(index) at position \(position) is not in 0..<\(limit)") }
    body(position, index)
  }
}

/// Adds rows to the rows of a block that indices name.
func addRows(
  _ values: Slot, at indices: Slot, to destination: UnsafeMutableRawPointer, rowShape: Shape,
  core: UnsafeMutablePointer<TapeCore>
) {
  guard let source = values.pointer, let numbers = indices.pointer?.assumingMemoryBound(to: Int32.self) else { return }
  let rowBytes = rowShape.count * values.scalarType.byteCount
  for position in 0..<indices.shape.count {
    tk_add_in_place(
      core.pointee.kernels, 1, values.scalarType.kernelType, rowShape.count, source + position * rowBytes,
      destination + Int(numbers[position]) * rowBytes)
  }
}
