internal import CKernels
internal import DenseArrays

/// The same elements in another shape; a view. Integers: the shape.
final class ReshapePrimitive: Primitive, @unchecked Sendable {
  static let shared = ReshapePrimitive(immortal: "reshape")

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    let target = Shape(operation.integers)
    guard target.count == operation.operandShape(0).count else {
      operation.fail("has \(operation.operandShape(0).count) elements and \(target) has \(target.count)")
    }
    results.append(target, operation.operandType(0))
  }

  override func viewOffset(_ operation: OperationView) -> Int? { 0 }

  override func reverse(_ operation: ReverseOperation) {
    guard let cotangent = operation.cotangent() else { return }
    operation.push(0, cotangent.reshaped(to: operation.view.operandShape(0)))
  }

  override func forward(_ operation: ForwardOperation) {
    guard let tangent = operation.tangent(0) else { return }
    operation.setTangent(0, tangent.reshaped(to: operation.view.resultShape(0)))
  }
}

/// The same value without its history: cotangents and tangents stop here.
final class DetachPrimitive: Primitive, @unchecked Sendable {
  static let shared = DetachPrimitive(immortal: "detach")

  override var blocksGradients: Bool { true }

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    results.append(operation.operandShape(0), operation.operandType(0))
  }

  override func viewOffset(_ operation: OperationView) -> Int? { 0 }

  override func reverse(_ operation: ReverseOperation) {}

  override func forward(_ operation: ForwardOperation) {}
}

/// Axes in another order. Integers: for each axis of the result, the operand's axis.
final class TransposePrimitive: Primitive, @unchecked Sendable {
  static let shared = TransposePrimitive(immortal: "transpose")

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    let shape = operation.operandShape(0)
    guard operation.integerCount == shape.rank, Set(operation.integers) == Set(0..<shape.rank) else {
      operation.fail("axes \(Array(operation.integers)) are no order of the \(shape.rank) axes")
    }
    results.append(Shape(operation.integers.map { shape[$0] }), operation.operandType(0))
  }

  override func execute(_ operation: OperationView) {
    let shape = operation.operandShape(0)
    copyStrided(operation, shape: operation.resultShape(0)) { axis in
      shape.count(of: (operation.integer(axis) + 1)..<shape.rank)
    }
  }

  private func inverse(_ view: OperationView) -> [Int] {
    var axes = [Int](repeating: 0, count: view.integerCount)
    for axis in 0..<view.integerCount { axes[view.integer(axis)] = axis }
    return axes
  }

  override func reverse(_ operation: ReverseOperation) {
    guard let cotangent = operation.cotangent() else { return }
    operation.push(0, cotangent.transposed(inverse(operation.view)))
  }

  override func forward(_ operation: ForwardOperation) {
    guard let tangent = operation.tangent(0) else { return }
    operation.setTangent(0, tangent.transposed(Array(operation.view.integers)))
  }
}

/// Part of an axis; a view when nothing lies outside that axis. Integers: axis, start, count.
final class SlicePrimitive: Primitive, @unchecked Sendable {
  static let shared = SlicePrimitive(immortal: "slice")

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    var shape = operation.operandShape(0)
    let axis = operation.integer(0)
    let start = operation.integer(1)
    let count = operation.integer(2)
    guard axis >= 0, axis < shape.rank else { operation.fail("axis \(axis) does not exist") }
    guard start >= 0, count >= 0, start + count <= shape[axis] else {
      operation.fail("range \(start)..<\(start + count) of axis \(axis), which has \(shape[axis])")
    }
    shape[axis] = count
    results.append(shape, operation.operandType(0))
  }

  override func viewOffset(_ operation: OperationView) -> Int? {
    let shape = operation.operandShape(0)
    let axis = operation.integer(0)
    guard shape.count(of: 0..<axis) == 1 else { return nil }
    return operation.integer(1) * shape.count(of: (axis + 1)..<shape.rank) * operation.operandType(0).byteCount
  }

  override func execute(_ operation: OperationView) {
    let shape = operation.operandShape(0)
    let axis = operation.integer(0)
    let inner = shape.count(of: (axis + 1)..<shape.rank)
    let rows = shape.count(of: 0..<axis)
    let type = operation.operandType(0)
    let offset = operation.integer(1) * inner * type.byteCount
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 4) { buffer in
      buffer[0] = rows
      buffer[1] = operation.integer(2) * inner
      buffer[2] = shape[axis] * inner
      buffer[3] = 1
      tk_copy_strided(
        operation.core.pointee.kernels, Int32(operation.core.pointee.threads), type.kernelType, 2, buffer.baseAddress,
        operation.operandElements(0) + offset, buffer.baseAddress.map { $0 + 2 }, operation.resultElements(0), false)
    }
  }

  override func reverse(_ operation: ReverseOperation) {
    guard let cotangent = operation.cotangent() else { return }
    operation.pushRegion(0, cotangent, axis: operation.integer(0), start: operation.integer(1))
  }

  override func forward(_ operation: ForwardOperation) {
    guard let tangent = operation.tangent(0) else { return }
    let start = operation.integer(1)
    operation.setTangent(0, tangent.slice(axis: operation.integer(0), start..<start + operation.integer(2)))
  }
}

/// Zeros before and after the elements of an axis. Integers: axis, before, after.
final class PadPrimitive: Primitive, @unchecked Sendable {
  static let shared = PadPrimitive(immortal: "pad")

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    var shape = operation.operandShape(0)
    let axis = operation.integer(0)
    guard axis >= 0, axis < shape.rank else { operation.fail("axis \(axis) does not exist") }
    guard operation.integer(1) >= 0, operation.integer(2) >= 0 else {
      operation.fail("\(operation.integer(1)) zeros before and \(operation.integer(2)) after")
    }
    shape[axis] += operation.integer(1) + operation.integer(2)
    results.append(shape, operation.operandType(0))
  }

  override func execute(_ operation: OperationView) {
    let entry = operation.resultEntry(0).pointee
    tk_clear(operation.resultElements(0), entry.byteCount)
    placeBlock(operation, operand: 0, axis: operation.integer(0), start: operation.integer(1))
  }

  override func reverse(_ operation: ReverseOperation) {
    guard let cotangent = operation.cotangent() else { return }
    let axis = operation.integer(0)
    let start = operation.integer(1)
    operation.push(0, cotangent.slice(axis: axis, start..<start + operation.view.operandShape(0)[axis]))
  }

  override func forward(_ operation: ForwardOperation) {
    guard let tangent = operation.tangent(0) else { return }
    operation.setTangent(
      0, tangent.padded(axis: operation.integer(0), before: operation.integer(1), after: operation.integer(2)))
  }
}

/// Several arrays along an axis. Integers: the axis.
final class ConcatenatePrimitive: Primitive, @unchecked Sendable {
  static let shared = ConcatenatePrimitive(immortal: "concatenate")

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    guard operation.operandCount > 0 else { stop("concatenate: no operands") }
    var shape = operation.operandShape(0)
    let axis = operation.integer(0)
    guard axis >= 0, axis < shape.rank else { operation.fail("axis \(axis) does not exist") }
    for position in 1..<max(operation.operandCount, 1) {
      var other = operation.operandShape(position)
      if operation.operandType(position) != operation.operandType(0) {
        operation.fail("operands of types \(operation.operandType(0)) and \(operation.operandType(position))")
      }
      let size = other.rank == shape.rank ? other[axis] : -1
      if size >= 0 { other[axis] = shape[axis] }
      guard size >= 0, other == shape else { operation.fail("shapes differ outside axis \(axis)") }
      shape[axis] += size
    }
    results.append(shape, operation.operandType(0))
  }

  override func execute(_ operation: OperationView) {
    let axis = operation.integer(0)
    var start = 0
    for position in 0..<operation.operandCount {
      placeBlock(operation, operand: position, axis: axis, start: start)
      start += operation.operandShape(position)[axis]
    }
  }

  override func reverse(_ operation: ReverseOperation) {
    guard let cotangent = operation.cotangent() else { return }
    let axis = operation.integer(0)
    var start = 0
    for position in 0..<operation.operandCount {
      let size = operation.view.operandShape(position)[axis]
      if operation.needs(position) { operation.push(position, cotangent.slice(axis: axis, start..<start + size)) }
      start += size
    }
  }

  override func forward(_ operation: ForwardOperation) {
    let parts = (0..<operation.operandCount).map { position in
      operation.tangent(position)
        ?? operation.tape.constant(
          0, shape: operation.view.operandShape(position), operation.view.operandType(position))
    }
    operation.setTangent(0, concatenate(parts, axis: operation.integer(0)))
  }
}

/// Copies an operand into the result, from `start` along `axis` on.
private func placeBlock(_ operation: OperationView, operand: Int, axis: Int, start: Int) {
  let target = operation.resultShape(0)
  let shape = operation.operandShape(operand)
  guard shape.count > 0 else { return }
  let inner = target.count(of: (axis + 1)..<target.rank)
  let bytes = operation.resultType(0).byteCount
  let outer = target.count(of: 0..<axis)
  let block = shape[axis] * inner
  let destination = operation.resultElements(0) + start * inner * bytes
  if outer == 1 {
    destination.copyMemory(from: operation.operandElements(operand), byteCount: block * bytes)
    return
  }
  withUnsafeTemporaryAllocation(of: Int.self, capacity: 4) { buffer in
    buffer[0] = outer
    buffer[1] = block
    buffer[2] = target[axis] * inner
    buffer[3] = 1
    tk_scatter_strided(
      operation.core.pointee.kernels, Int32(operation.core.pointee.threads), operation.resultType(0).kernelType, 2,
      buffer.baseAddress, operation.operandElements(operand), destination, buffer.baseAddress.map { $0 + 2 }, false)
  }
}
