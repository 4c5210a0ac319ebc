public import DenseArrays

extension Variable {
  /// The same elements in another shape, without a copy; another number of elements stops.
  public func reshaped(to shape: Shape) -> Variable {
    let tape = recorder
    let slot = tape.check(self, "reshape")
    if tape.core.pointee.slots[slot].shape == shape { return self }
    let builder = OperationBuilder(tape, ReshapePrimitive.shared)
    builder.operand(slot)
    for axis in 0..<shape.rank { builder.integer(shape[axis]) }
    return builder.finish()
  }

  /// Axes in another order: all reversed without an argument; an order that is none stops.
  public func transposed(_ axes: [Int]? = nil) -> Variable {
    let tape = recorder
    let slot = tape.check(self, "transpose")
    let builder = OperationBuilder(tape, TransposePrimitive.shared)
    builder.operand(slot)
    for axis in axes ?? (0..<shape.rank).reversed() { builder.integer(axis) }
    return builder.finish()
  }

  /// A new axis of size 1 before `axis`; -1 puts it last.
  public func expanded(axis: Int) -> Variable {
    let shape = shape
    let position = axis < 0 ? axis + shape.rank + 1 : axis
    guard position >= 0, position <= shape.rank else {
      stop("expanded: no place \(axis) in shape \(shape)\(tape.scopeSuffix)")
    }
    var sizes = Array(shape)
    sizes.insert(1, at: position)
    return reshaped(to: Shape(sizes))
  }

  /// Row `index` of the first axis, without that axis and without a copy; an index outside of it stops.
  public subscript(index: Int) -> Variable {
    let shape = shape
    guard shape.rank > 0, index >= 0, index < shape[0] else {
      stop("row \(index) of shape \(shape)\(tape.scopeSuffix)")
    }
    return slice(axis: 0, index..<index + 1).reshaped(to: shape.dropFirst)
  }

  /// Part of an axis; without a copy when it is the first. A range outside of the axis stops.
  public func slice(axis: Int, _ range: Range<Int>) -> Variable {
    let tape = recorder
    let slot = tape.check(self, "slice")
    let builder = OperationBuilder(tape, SlicePrimitive.shared)
    builder.operand(slot)
    builder.integer(axis < 0 ? axis + shape.rank : axis)
    builder.integer(range.lowerBound)
    builder.integer(range.count)
    return builder.finish()
  }

  /// Zeros before and after the elements of an axis.
  public func padded(axis: Int, before: Int, after: Int) -> Variable {
    let tape = recorder
    let slot = tape.check(self, "pad")
    let builder = OperationBuilder(tape, PadPrimitive.shared)
    builder.operand(slot)
    builder.integer(axis < 0 ? axis + shape.rank : axis)
    builder.integer(before)
    builder.integer(after)
    return builder.finish()
  }

  /// The array repeated to a larger shape by NumPy's rules; a shape that does not fit stops.
  public func broadcast(to target: Shape) -> Variable {
    let tape = recorder
    let slot = tape.check(self, "broadcast")
    if tape.core.pointee.slots[slot].shape == target { return self }
    let builder = OperationBuilder(tape, BroadcastPrimitive.shared)
    builder.operand(slot)
    for axis in 0..<target.rank { builder.integer(target[axis]) }
    return builder.finish()
  }

  /// The sum over some axes, all of them when nil; negative axes count from the end, and one that is given twice stops.
  public func sum(axes: [Int]? = nil, keepingAxes: Bool = false) -> Variable {
    let shape = shape
    guard let axes else {
      return sum(block: 0, shape.rank, keepingAxes: keepingAxes)
    }
    let normalized = axes.map { axis -> Int in
      guard let index = shape.normalized(axis: axis) else {
        stop("sum: axis \(axis) of shape \(shape)\(tape.scopeSuffix)")
      }
      return index
    }
    var result = self
    // From the last axis on, neighbouring axes in one operation.
    var remaining = normalized.sorted()
    for (axis, next) in zip(remaining, remaining.dropFirst()) where axis == next {
      stop("sum: axis \(axis) of shape \(shape) twice, in \(axes)\(tape.scopeSuffix)")
    }
    while let last = remaining.popLast() {
      var first = last
      while let next = remaining.last, next == first - 1 {
        first = next
        remaining.removeLast()
      }
      result = result.sum(block: first, last - first + 1, keepingAxes: keepingAxes)
    }
    return result
  }

  /// The mean over some axes, all of them when nil.
  public func mean(axes: [Int]? = nil, keepingAxes: Bool = false) -> Variable {
    let total = sum(axes: axes, keepingAxes: keepingAxes)
    return total / (Double(count) / Double(Swift.max(total.count, 1)))
  }

  func sum(block first: Int, _ count: Int, keepingAxes: Bool) -> Variable {
    let tape = recorder
    let slot = tape.check(self, "sum")
    if count == 0 { return self }
    let builder = OperationBuilder(tape, SumPrimitive.shared)
    builder.operand(slot)
    builder.integer(first)
    builder.integer(count)
    builder.integer(keepingAxes ? 1 : 0)
    return builder.finish()
  }

  /// The adjoint of broadcasting: the sum over repeated axes, of a smaller shape.
  @inline(__always)
  func summed(to target: Shape) -> Variable {
    if tape.core.pointee.slots[slot].shape == target { return self }
    return summedSlowly(to: target)
  }

  private func summedSlowly(to target: Shape) -> Variable {
    let shape = shape
    let extra = shape.rank - target.rank
    var axes: [Int] = Array(0..<extra)
    for axis in 0..<target.rank where target[axis] == 1 && shape[axis + extra] != 1 { axes.append(axis + extra) }
    return sum(axes: axes).reshaped(to: target)
  }

  /// The same value without its history: gradients stop here.
  public func detach() -> Variable {
    let tape = recorder
    let slot = tape.check(self, "detach")
    let builder = OperationBuilder(tape, DetachPrimitive.shared)
    builder.operand(slot)
    return builder.finish()
  }
}
