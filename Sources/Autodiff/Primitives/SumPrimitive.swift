internal import CKernels
internal import DenseArrays

/// The sum over a block of neighbouring axes. Integers: first axis, number of axes, keeps axes of size 1.
final class SumPrimitive: Primitive, @unchecked Sendable {
  static let shared = SumPrimitive(immortal: "sum")

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    let shape = operation.operandShape(0)
    let axes = operation.integer(0)..<operation.integer(0) + operation.integer(1)
    if !operation.operandType(0).isFloatingPoint { operation.fail("sums floating-point numbers, not int32") }
    guard axes.lowerBound >= 0, axes.upperBound <= shape.rank else { operation.fail("axes \(axes) do not exist") }
    var result = Shape()
    for axis in 0..<shape.rank {
      if !axes.contains(axis) { result.append(shape[axis]) } else if operation.integer(2) != 0 { result.append(1) }
    }
    results.append(result, operation.operandType(0))
  }

  override func execute(_ operation: OperationView) {
    let shape = operation.operandShape(0)
    let first = operation.integer(0)
    let end = first + operation.integer(1)
    tk_sum(
      operation.core.pointee.kernels, Int32(operation.core.pointee.threads), operation.resultType(0).kernelType,
      shape.count(of: 0..<first), shape.count(of: first..<end), shape.count(of: end..<shape.rank),
      operation.operandElements(0), operation.resultElements(0), false)
  }

  override func reverse(_ operation: ReverseOperation) {
    guard let cotangent = operation.cotangent() else { return }
    let shape = operation.view.operandShape(0)
    if operation.tape.core.pointee.mode != .symbolic, operation.view.resultShape(0).count == 1, shape.count > 1 {
      // One number stands for all elements, until something has to be added to it.
      operation.pushEverywhere(0, cotangent)
      return
    }
    var kept = shape
    for axis in operation.integer(0)..<operation.integer(0) + operation.integer(1) { kept[axis] = 1 }
    operation.push(0, cotangent.reshaped(to: kept).broadcast(to: shape))
  }

  override func forward(_ operation: ForwardOperation) {
    guard let tangent = operation.tangent(0) else { return }
    operation.setTangent(
      0, tangent.sum(block: operation.integer(0), operation.integer(1), keepingAxes: operation.integer(2) != 0))
  }
}

/// Repeats an array to a larger shape by NumPy's rules. Integers: the shape.
final class BroadcastPrimitive: Primitive, @unchecked Sendable {
  static let shared = BroadcastPrimitive(immortal: "broadcast")

  private func target(_ operation: OperationView) -> Shape { Shape(operation.integers) }

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    let shape = operation.operandShape(0)
    let target = target(operation)
    guard Shape.broadcast(shape, target) == target else { operation.fail("cannot be broadcast to \(target)") }
    results.append(target, operation.operandType(0))
  }

  override func execute(_ operation: OperationView) {
    let shape = operation.operandShape(0)
    let target = operation.resultShape(0)
    copyStrided(operation, shape: target) { axis in
      let own = axis - (target.rank - shape.rank)
      return own < 0 || shape[own] == 1 ? 0 : shape.count(of: (own + 1)..<shape.rank)
    }
  }

  override func reverse(_ operation: ReverseOperation) {
    guard let cotangent = operation.cotangent() else { return }
    operation.push(0, cotangent.summed(to: operation.view.operandShape(0)))
  }

  override func forward(_ operation: ForwardOperation) {
    guard let tangent = operation.tangent(0) else { return }
    operation.setTangent(0, tangent.broadcast(to: operation.view.resultShape(0)))
  }
}

/// Copies operand 0, read through strides, to the contiguous result 0.
func copyStrided(_ operation: OperationView, shape: Shape, stride: (Int) -> Int) {
  withUnsafeTemporaryAllocation(of: Int.self, capacity: 12) { buffer in
    for axis in 0..<shape.rank {
      buffer[axis] = shape[axis]
      buffer[6 + axis] = stride(axis)
    }
    tk_copy_strided(
      operation.core.pointee.kernels, Int32(operation.core.pointee.threads), operation.resultType(0).kernelType,
      Int32(shape.rank), buffer.baseAddress, operation.operandElements(0), buffer.baseAddress.map { $0 + 6 },
      operation.resultElements(0), false)
  }
}
