internal import DenseArrays

/// One operation as its reverse rule sees it: operands, results, the results' cotangents, and where to push.
public struct ReverseOperation {
  /// The recorder: rules create what they need with variables of this tape.
  public var tape: Tape { view.core.pointee.tape.takeUnretainedValue() }
  let view: OperationView

  /// The number of operands.
  public var operandCount: Int { view.operandCount }
  /// The number of results.
  public var resultCount: Int { view.resultCount }

  /// An operand of the forward operation.
  @inline(__always)
  public func operand(_ position: Int) -> Variable { Variable(tape: tape, slot: view.operandSlot(position)) }

  /// A result of the forward operation.
  @inline(__always)
  public func result(_ position: Int) -> Variable { Variable(tape: tape, slot: view.resultSlot(position)) }

  /// The cotangent of a result, or nil when it is zero.
  @inline(__always)
  public func cotangent(_ position: Int = 0) -> Variable? {
    let slot = view.core.pointee.sweep.pointee.cotangents[position]
    return slot < 0 ? nil : Variable(tape: tape, slot: slot)
  }

  /// Whether an operand's cotangent is wanted; pushing one that is not wanted costs work and does nothing.
  @inline(__always)
  public func needs(_ position: Int) -> Bool {
    view.core.pointee.sweep.pointee.active[view.operandSlot(position)] != 0
  }

  /// An integer attribute.
  public func integer(_ position: Int) -> Int { view.integer(position) }
  /// A floating-point attribute.
  public func scalar(_ position: Int) -> Double { view.scalar(position) }
  /// What was recorded with the operation beyond numbers.
  public var body: AnyObject? { view.body }

  /// Adds a contribution to an operand's cotangent; a shape other than the operand's stops.
  public func push(_ position: Int, _ cotangent: Variable) {
    guard needs(position) else { return }
    let source = tape.check(cotangent, "\(view.describe()), reverse rule")
    let shape = view.core.pointee.slots[source].shape
    guard shape == view.operandShape(position) else {
      view.fail("the reverse rule pushed a cotangent of shape \(shape) for operand \(position)")
    }
    view.core.pointee.sweep.pointee.pushes.append(
      Push(kind: .whole, target: view.operandSlot(position), source: source))
  }

  /// Adds one number to all elements of an operand's cotangent, which has more than one; not in a symbolic sweep.
  func pushEverywhere(_ position: Int, _ number: Variable) {
    guard needs(position) else { return }
    view.core.pointee.sweep.pointee.pushes.append(
      Push(kind: .whole, target: view.operandSlot(position), source: number.reshaped(to: []).slot))
  }

  /// Adds a contribution to the part of an operand's cotangent that begins at `start` along `axis`.
  public func pushRegion(_ position: Int, _ cotangent: Variable, axis: Int, start: Int) {
    guard needs(position) else { return }
    let source = tape.check(cotangent, "\(view.describe()), reverse rule")
    view.core.pointee.sweep.pointee.pushes.append(
      Push(
        kind: .region, target: view.operandSlot(position), source: source, argument: Int32(axis), start: Int32(start)))
  }

  /// Adds rows to the rows of an operand's cotangent that int32 `indices` name.
  func pushRows(_ position: Int, _ cotangent: Variable, at indices: Variable) {
    guard needs(position) else { return }
    let source = tape.check(cotangent, "\(view.describe()), reverse rule")
    view.core.pointee.sweep.pointee.pushes.append(
      Push(kind: .scatter, target: view.operandSlot(position), source: source, argument: indices.slot))
  }

  /// Adds left^T delta (or delta^T left) to a weight's cotangent when the sweep reaches the weight's producer.
  ///
  /// All contributions to one weight are then one product over all rows.
  func pushProduct(_ position: Int, left: Variable, delta: Variable, isTransposed: Bool) {
    guard needs(position) else { return }
    view.core.pointee.sweep.pointee.pushes.append(
      Push(
        kind: isTransposed ? .transposedProduct : .product, target: view.operandSlot(position), source: delta.slot,
        argument: left.slot))
  }
}

/// One operation as its forward rule sees it: operands, results, the operands' tangents, and where to set the results'.
public struct ForwardOperation {
  /// The recorder: rules create what they need with variables of this tape.
  public var tape: Tape { view.core.pointee.tape.takeUnretainedValue() }
  let view: OperationView

  /// The number of operands.
  public var operandCount: Int { view.operandCount }
  /// The number of results.
  public var resultCount: Int { view.resultCount }

  /// An operand of the operation.
  public func operand(_ position: Int) -> Variable { Variable(tape: tape, slot: view.operandSlot(position)) }

  /// A result of the operation.
  public func result(_ position: Int) -> Variable { Variable(tape: tape, slot: view.resultSlot(position)) }

  /// The tangent of an operand, or nil when it is zero.
  public func tangent(_ position: Int) -> Variable? {
    let slot = view.core.pointee.sweep.pointee.tangents[view.operandSlot(position)]
    return slot < 0 ? nil : Variable(tape: tape, slot: slot)
  }

  /// An integer attribute.
  public func integer(_ position: Int) -> Int { view.integer(position) }
  /// A floating-point attribute.
  public func scalar(_ position: Int) -> Double { view.scalar(position) }
  /// What was recorded with the operation beyond numbers.
  public var body: AnyObject? { view.body }

  /// Sets the tangent of a result; results whose tangent is not set have none. A shape other than the result's stops.
  public func setTangent(_ position: Int = 0, _ tangent: Variable) {
    let source = tape.check(tangent, "\(view.describe()), forward rule")
    let shape = view.core.pointee.slots[source].shape
    guard shape == view.resultShape(position) else {
      view.fail(
        "the forward rule set a tangent of shape \(shape) for result \(position) of \(view.resultShape(position))")
    }
    view.core.pointee.sweep.pointee.tangents[view.resultSlot(position)] = source
  }
}
