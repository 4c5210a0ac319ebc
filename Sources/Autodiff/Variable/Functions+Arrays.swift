internal import DenseArrays

/// The matrix product of two variables, with either one transposed in its two innermost axes, and a bias added to each row.
///
/// - Parameters:
///   - a: [..., m, k], or [..., k, m] when transposed.
///   - b: [k, n], or [n, k] when transposed; or of a's rank with equal leading axes: a batch of products.
///   - bias: [n].
/// - Returns: [..., m, n]. Shapes that do not fit stop. Cost: 2 m k n operations for each product.
public func matmul(
  _ a: Variable, _ b: Variable, transposeFirst: Bool = false, transposeSecond: Bool = false, bias: Variable? = nil
) -> Variable {
  var tape = recordingTape(a, b)
  if let bias, tape.isSelfOrAncestor(of: bias.tape) { tape = bias.recorder }
  let first = tape.check(a, "matmul")
  let second = tape.check(b, "matmul")
  let third = bias.map { tape.check($0, "matmul") }
  let builder = OperationBuilder(tape, MatrixProductPrimitive.shared)
  builder.operand(first)
  builder.operand(second)
  if let third { builder.operand(third) }
  builder.integer(transposeFirst ? 1 : 0)
  builder.integer(transposeSecond ? 1 : 0)
  return builder.finish()
}

/// Several variables one after the other along an axis; shapes that differ elsewhere stop.
public func concatenate(_ parts: [Variable], axis: Int = 0) -> Variable {
  let tape = recordingTape(parts, "concatenate")
  let slots = parts.map { tape.check($0, "concatenate") }
  let builder = OperationBuilder(tape, ConcatenatePrimitive.shared)
  for slot in slots { builder.operand(slot) }
  builder.integer(tape.core.pointee.slots[slots[0]].shape.normalized(axis: axis) ?? axis)
  return builder.finish()
}

/// Several variables of one shape along a new first axis.
public func stack(_ parts: [Variable]) -> Variable {
  guard let shape = parts.first?.shape else { stop("stack: no operands") }
  return concatenate(parts.map { $0.reshaped(to: $0.shape.prepending(1)) }, axis: 0).reshaped(
    to: shape.prepending(parts.count))
}

/// An axis in `count` equal parts; a size that is no multiple of `count` stops.
public func split(_ x: Variable, into count: Int, axis: Int = -1) -> [Variable] {
  let shape = x.shape
  guard let index = shape.normalized(axis: axis), count > 0, shape[index] % count == 0 else {
    stop("split: axis \(axis) of shape \(shape) in \(count) equal parts\(x.tape.scopeSuffix)")
  }
  let size = shape[index] / count
  return (0..<count).map { x.slice(axis: index, $0 * size..<($0 + 1) * size) }
}

/// Rows of a table [rows, ...] named by int32 indices of any shape; an index outside of the table stops.
public func gather(_ table: Variable, at indices: Variable) -> Variable {
  recordingTape(table, indices).apply(GatherPrimitive.shared, operands: [table, indices])
}

/// Zeros of [rows, ...] to whose rows the values are added: the adjoint of `gather`.
public func scatterAdd(_ values: Variable, at indices: Variable, rows: Int) -> Variable {
  recordingTape(values, indices).apply(ScatterAddPrimitive.shared, operands: [values, indices], integers: [rows])
}

/// One element of each row of the last axis, named by int32 indices; an index outside of the axis stops.
public func pick(_ x: Variable, at indices: Variable) -> Variable {
  recordingTape(x, indices).apply(PickPrimitive.shared, operands: [x, indices])
}

/// Rows of `classes` zeros with one value each at the position that the int32 indices name: the adjoint of `pick`.
public func place(_ values: Variable, at indices: Variable, classes: Int) -> Variable {
  recordingTape(values, indices).apply(PlacePrimitive.shared, operands: [values, indices], integers: [classes])
}

/// Running sums along an axis, from its end when `reversed`.
public func cumulativeSum(_ x: Variable, axis: Int = -1, reversed: Bool = false) -> Variable {
  x.recorder.apply(
    CumulativeSumPrimitive.shared, operands: [x], integers: [x.shape.normalized(axis: axis) ?? axis, reversed ? 1 : 0])
}

/// log(sum(exp(x))) over the last axis, safe for any range.
public func logSumExp(_ x: Variable) -> Variable { x.recorder.apply(LogSumExpPrimitive.shared, operands: [x]) }

/// exp(x) / sum(exp(x)) over the last axis, safe for any range.
public func softmax(_ x: Variable) -> Variable { expDifference(x, logSumExp(x)) }

/// The logarithm of `softmax` over the last axis, safe for any range.
public func logSoftmax(_ x: Variable) -> Variable { x - logSumExp(x).expanded(axis: -1) }

/// Softmax cross entropy in nats of each row of logits [..., classes] against int32 labels [...]; not reduced.
///
/// A label outside of 0..<classes stops.
public func crossEntropy(_ logits: Variable, labels: Variable) -> Variable {
  let tape = recordingTape(logits, labels)
  let first = tape.applyFirst(
    CrossEntropyPrimitive.shared, operands: [logits, labels], integers: [], scalars: [], body: nil)
  return Variable(tape: tape, slot: first)
}
