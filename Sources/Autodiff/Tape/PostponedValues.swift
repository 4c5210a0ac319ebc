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

  /// Makes an operation's operands that have been postponed.
  @inline(never)
  func evaluateOperands(_ operation: OperationView) {
    for position in 0..<operation.operandCount { evaluate(operation.operandSlot(position)) }
  }

  /// Makes all values that have been postponed, for a sweep that reads them where they lie or that writes over what they are
  /// made of.
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
    // Down the views to the product, whose operands were made when it was recorded.
    var product = slot
    var offset = 0
    while pointee.slots[product].pointer == nil {
      let producer = pointee.slots[product].producer
      guard producer >= 0 else { return }
      let view = OperationView(core: self, index: producer)
      let primitive = view.operation.pointee.primitive
      if let start = primitive._withUnsafeGuaranteedRef({ $0.viewOffset(view) }) {
        offset += start
        product = view.operandSlot(0)
      } else {
        pointee.allocate(Int(product))
        primitive._withUnsafeGuaranteedRef { $0.execute(view) }
      }
    }
    pointee.slots.base[Int(slot)].pointer = pointee.slots[product].pointer.map { $0 + offset }
  }
}
