internal import DenseArrays

/// Values of a recording that are made when something reads them: products of a recorded reverse sweep, and views of these.
///
/// A product with the Hessian reads what the weights' gradients are made of, and not the gradients.
extension UnsafeMutablePointer<TapeCore> {
  /// Makes a value if it has been postponed.
  @inline(__always)
  func evaluate(_ slot: Int32) {
    if pointee.hasPostponed, pointee.slots[slot].pointer == nil { makePostponed(slot) }
  }

  /// Makes an operation's operands that have been postponed, unless the operation is a view, which then waits with them.
  @inline(never)
  func evaluateOperands(_ operation: OperationView) {
    if pointee.mode == .recorded, operation.viewOffset != nil { return }
    for position in 0..<operation.operandCount { evaluate(operation.operandSlot(position)) }
  }

  /// Makes all values that have been postponed: what they are made of may be written over afterwards.
  func evaluateAll() {
    guard pointee.hasPostponed else { return }
    for index in 0..<pointee.operations.count {
      let operation = pointee.operations[index]
      for position in 0..<operation.resultCount { evaluate(operation.firstResult &+ position) }
    }
    pointee.hasPostponed = false
  }

  @inline(never)
  private func makePostponed(_ slot: Int32) {
    let producer = pointee.slots[slot].producer
    guard producer >= 0 else { return }
    let view = OperationView(core: self, index: producer)
    for position in 0..<view.operandCount { evaluate(view.operandSlot(position)) }
    if let offset = view.viewOffset {
      pointee.slots.base[Int(slot)].pointer = view.operandEntry(0).pointee.pointer.map { $0 + offset }
    } else {
      pointee.allocate(Int(slot))
      view.operation.pointee.primitive._withUnsafeGuaranteedRef { $0.execute(view) }
    }
  }
}

extension OperationView {
  /// Where the result begins in the memory of operand 0, if it is a view.
  @inline(__always)
  fileprivate var viewOffset: Int? { operation.pointee.primitive._withUnsafeGuaranteedRef { $0.viewOffset(self) } }
}
