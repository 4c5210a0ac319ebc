internal import CKernels
internal import DenseArrays

/// Running sums along an axis. Integers: axis, from the end.
final class CumulativeSumPrimitive: Primitive, @unchecked Sendable {
  static let shared = CumulativeSumPrimitive(immortal: "cumulativeSum")

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    let shape = operation.operandShape(0)
    guard operation.integer(0) >= 0, operation.integer(0) < shape.rank else {
      operation.fail("axis \(operation.integer(0)) does not exist")
    }
    if !operation.operandType(0).isFloatingPoint { operation.fail("sums floating-point numbers, not int32") }
    results.append(shape, operation.operandType(0))
  }

  override func execute(_ operation: OperationView) {
    let shape = operation.operandShape(0)
    let axis = operation.integer(0)
    tk_cumulative_sum(
      operation.core.pointee.kernels, operation.resultType(0).kernelType, shape.count(of: 0..<axis), shape[axis],
      shape.count(of: (axis + 1)..<shape.rank), operation.operandElements(0), operation.resultElements(0),
      operation.integer(1) != 0)
  }

  override func reverse(_ operation: ReverseOperation) {
    guard let cotangent = operation.cotangent() else { return }
    operation.push(0, cumulativeSum(cotangent, axis: operation.integer(0), reversed: operation.integer(1) == 0))
  }

  override func forward(_ operation: ForwardOperation) {
    guard let tangent = operation.tangent(0) else { return }
    operation.setTangent(0, cumulativeSum(tangent, axis: operation.integer(0), reversed: operation.integer(1) != 0))
  }
}

/// log(sum(exp(x))) over the last axis.
final class LogSumExpPrimitive: Primitive, @unchecked Sendable {
  static let shared = LogSumExpPrimitive(immortal: "logSumExp")

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    let shape = operation.operandShape(0)
    guard shape.rank >= 1, shape[-1] >= 1 else { operation.fail("needs a last axis with at least one element") }
    if !operation.operandType(0).isFloatingPoint { operation.fail("computes in floating point, not in int32") }
    results.append(shape.dropLast, operation.operandType(0))
  }

  override func execute(_ operation: OperationView) {
    runLogSumExp(operation, result: 0)
  }

  override func reverse(_ operation: ReverseOperation) {
    guard let cotangent = operation.cotangent() else { return }
    operation.push(0, expDifference(operation.operand(0), operation.result(0)) * cotangent.expanded(axis: -1))
  }

  override func forward(_ operation: ForwardOperation) {
    guard let tangent = operation.tangent(0) else { return }
    operation.setTangent(0, (expDifference(operation.operand(0), operation.result(0)) * tangent).sum(axes: [-1]))
  }
}

/// Softmax cross entropy in nats: log(sum(exp(logits))) - logits[label], and the first term, which the rules need.
final class CrossEntropyPrimitive: Primitive, @unchecked Sendable {
  static let shared = CrossEntropyPrimitive(immortal: "crossEntropy")

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    let shape = operation.operandShape(0)
    guard shape.rank >= 1, shape[-1] >= 1 else { operation.fail("logits need a last axis with at least one class") }
    guard operation.operandType(1) == .int32 else {
      operation.fail("labels are int32, not \(operation.operandType(1))")
    }
    guard shape.dropLast == operation.operandShape(1) else {
      operation.fail("labels must have the logits' shape without the last axis")
    }
    if !operation.operandType(0).isFloatingPoint { operation.fail("computes in floating point, not in int32") }
    results.append(shape.dropLast, operation.operandType(0))
    results.append(shape.dropLast, operation.operandType(0))
  }

  override func execute(_ operation: OperationView) {
    runLogSumExp(operation, result: 1)
    let classes = operation.operandShape(0)[-1]
    let labels = operation.operandElements(1).assumingMemoryBound(to: Int32.self)
    let count = operation.operandShape(1).count
    func subtract<Scalar: BinaryFloatingPoint>(_ type: Scalar.Type) {
      let logits = operation.operandElements(0).assumingMemoryBound(to: type)
      let logSums = operation.resultElements(1).assumingMemoryBound(to: type)
      let losses = operation.resultElements(0).assumingMemoryBound(to: type)
      for row in 0..<count {
        let label = Int(labels[row])
        if label < 0 || label >= classes {
          operation.fail("label \(label) at position \(row) is not in 0..<\(classes)")
        }
        losses[row] = logSums[row] - logits[row * classes + label]
      }
    }
    if operation.operandType(0) == .float32 { subtract(Float.self) } else { subtract(Double.self) }
  }

  override func reverse(_ operation: ReverseOperation) {
    let softmax = expDifference(operation.operand(0), operation.result(1))
    if let loss = operation.cotangent(0) {
      let total = operation.cotangent(1).map { loss + $0 } ?? loss
      let classes = operation.view.operandShape(0)[-1]
      operation.push(
        0, softmax * total.expanded(axis: -1) - place(loss, at: operation.operand(1), classes: classes))
    } else if let logSum = operation.cotangent(1) {
      operation.push(0, softmax * logSum.expanded(axis: -1))
    }
  }

  override func forward(_ operation: ForwardOperation) {
    guard let tangent = operation.tangent(0) else { return }
    let logSum = (expDifference(operation.operand(0), operation.result(1)) * tangent).sum(axes: [-1])
    operation.setTangent(1, logSum)
    operation.setTangent(0, logSum - pick(tangent, at: operation.operand(1)))
  }
}

private func runLogSumExp(_ operation: OperationView, result: Int) {
  let shape = operation.operandShape(0)
  tk_log_sum_exp(
    operation.core.pointee.kernels, Int32(operation.core.pointee.threads), operation.operandType(0).kernelType,
    shape.dropLast.count, shape[-1], operation.operandElements(0), operation.resultElements(result))
}

/// exp(x - logSum), with the sum's rows against x's last axis.
func expDifference(_ x: Variable, _ logSum: Variable) -> Variable {
  pointwise(x, logSum.expanded(axis: -1)) { x, logSum in exp(x - logSum) }
}
