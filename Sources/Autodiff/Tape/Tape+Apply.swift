internal import CKernels
internal import DenseArrays

/// An operation in the making: its operands and attributes go straight into the tape's flat arrays.
///
/// No reference is counted on the way: the tape, the primitive and the body are alive anyhow.
struct OperationBuilder {
  let core: UnsafeMutablePointer<TapeCore>
  let primitive: Unmanaged<Primitive>
  let body: Unmanaged<AnyObject>?
  let pointwiseEntry: Int32
  let firstOperand: Int
  let firstInteger: Int
  let firstScalar: Int

  @inline(__always)
  init(_ tape: Tape, _ primitive: Primitive, body: AnyObject? = nil) {
    self.init(tape.core, .passUnretained(primitive), body: body.map { .passUnretained($0) })
  }

  @inline(__always)
  init(
    _ core: UnsafeMutablePointer<TapeCore>, _ primitive: Unmanaged<Primitive>, body: Unmanaged<AnyObject>? = nil,
    pointwiseEntry: Int32 = -1
  ) {
    self.core = core
    self.primitive = primitive
    self.body = body
    self.pointwiseEntry = pointwiseEntry
    firstOperand = core.pointee.operandSlots.count
    firstInteger = core.pointee.integers.count
    firstScalar = core.pointee.scalars.count
  }

  @inline(__always) func operand(_ slot: Int32) { core.pointee.operandSlots.append(slot) }
  @inline(__always) func integer(_ value: Int) { core.pointee.integers.append(value) }
  @inline(__always) func scalar(_ value: Double) { core.pointee.scalars.append(value) }

  /// Infers the results, runs the operation and records it, as the tape's mode says; returns the first result's slot.
  @inline(__always)
  func finish() -> Int32 {
    if !core.pointee.isOpen { stopForConsumedTape() }
    let index = Int32(truncatingIfNeeded: core.pointee.operations.count)
    let firstResult = core.pointee.slots.count
    core.pointee.operations.append(
      Operation(
        primitive: primitive, body: body,
        firstOperand: Int32(truncatingIfNeeded: firstOperand),
        operandCount: Int32(truncatingIfNeeded: core.pointee.operandSlots.count &- firstOperand),
        firstResult: Int32(truncatingIfNeeded: firstResult), resultCount: 0,
        firstInteger: Int32(truncatingIfNeeded: firstInteger),
        integerCount: Int32(truncatingIfNeeded: core.pointee.integers.count &- firstInteger),
        firstScalar: Int32(truncatingIfNeeded: firstScalar),
        scalarCount: Int32(truncatingIfNeeded: core.pointee.scalars.count &- firstScalar),
        scope: core.pointee.currentScope, pointwiseEntry: pointwiseEntry))
    let view = OperationView(core: core, index: index)
    var results = ResultTypes(core: core)
    primitive._withUnsafeGuaranteedRef { $0.inferResults(view, &results) }
    view.operation.pointee.resultCount = results.count
    let mode = core.pointee.mode
    var isDifferentiable = false
    if mode != .valuesOnly {
      for position in 0..<view.operandCount {
        if view.operandEntry(position).pointee.flags.contains(.differentiable) { isDifferentiable = true }
      }
      if isDifferentiable, primitive._withUnsafeGuaranteedRef({ $0.blocksGradients }) { isDifferentiable = false }
      for position in 0..<Int(results.count) {
        let entry = view.resultEntry(position)
        if isDifferentiable, entry.pointee.scalarType.isFloatingPoint { entry.pointee.flags.insert(.differentiable) }
        entry.pointee.producer = index
      }
    }
    if mode != .symbolic {
      let viewOffset = primitive._withUnsafeGuaranteedRef { $0.viewOffset(view) }
      // A view waits with what it is a view of.
      if core.pointee.hasPostponed, viewOffset == nil || mode != .recorded { core.evaluateOperands(view) }
      if let offset = viewOffset {
        view.resultEntry(0).pointee.pointer = view.operandEntry(0).pointee.pointer.map { $0 + offset }
      } else if core.pointee.postponesProducts,
        primitive.toOpaque() == Unmanaged.passUnretained(MatrixProductPrimitive.shared).toOpaque()
      {
        core.pointee.hasPostponed = true
      } else {
        if primitive._withUnsafeGuaranteedRef({ $0.takesOperands }) {
          primitive._withUnsafeGuaranteedRef { $0.allocateResults(view) }
        } else {
          for position in 0..<Int(results.count) { core.pointee.allocate(firstResult &+ position) }
        }
        primitive._withUnsafeGuaranteedRef { $0.execute(view) }
        if core.pointee.detectsNonFinite { core.pointee.tape.takeUnretainedValue().noteNonFinite(view) }
      }
    }
    if mode == .valuesOnly {
      core.pointee.operations.truncate(to: Int(index))
      core.pointee.operandSlots.truncate(to: firstOperand)
      core.pointee.integers.truncate(to: firstInteger)
      core.pointee.scalars.truncate(to: firstScalar)
    } else if primitive._withUnsafeGuaranteedRef({ $0.isUserDefined }) {
      core.pointee.tape.takeUnretainedValue().retain(primitive.takeUnretainedValue())
    }
    return Int32(truncatingIfNeeded: firstResult)
  }

  @inline(__always)
  func finish() -> Variable { Variable(tape: core.pointee.tape.takeUnretainedValue(), slot: finish()) }

  @inline(never)
  private func stopForConsumedTape() -> Never {
    core.pointee.tape.takeUnretainedValue().stopForConsumedTape(primitive.takeUnretainedValue().name)
  }
}

extension Tape {
  /// Records and runs an operation with one result.
  func apply(
    _ primitive: Primitive, operands: [Variable], integers: [Int] = [], scalars: [Double] = [], body: AnyObject? = nil
  ) -> Variable {
    Variable(
      tape: self, slot: applyFirst(primitive, operands: operands, integers: integers, scalars: scalars, body: body))
  }

  /// Records and runs an operation; returns the first result's slot.
  func applyFirst(
    _ primitive: Primitive, operands: [Variable], integers: [Int], scalars: [Double], body: AnyObject?
  ) -> Int32 {
    let slots = operands.map { check($0, primitive.name) }
    let builder = OperationBuilder(self, primitive, body: body)
    for slot in slots { builder.operand(slot) }
    for integer in integers { builder.integer(integer) }
    for scalar in scalars { builder.scalar(scalar) }
    if let body { retain(body) }
    return builder.finish()
  }

  /// Records an operation of a user's own primitive and runs it.
  ///
  /// - Parameters:
  ///   - primitive: the operation's definition.
  ///   - operands: variables of this tape or of a tape around it.
  ///   - integers: whole-number attributes.
  ///   - scalars: floating-point attributes.
  /// - Returns: the operation's results.
  public func record(
    _ primitive: Primitive, operands: [Variable], integers: [Int] = [], scalars: [Double] = []
  ) -> [Variable] {
    let first = applyFirst(primitive, operands: operands, integers: integers, scalars: scalars, body: nil)
    return (Int(first)..<core.pointee.slots.count).map { Variable(tape: self, slot: Int32($0)) }
  }

  /// Reads an operation's results and notes the first NaN or infinity.
  @inline(never)
  func noteNonFinite(_ operation: OperationView) {
    guard firstNonFinite == nil else { return }
    for position in 0..<operation.resultCount {
      if let index = firstNonFinite(in: operation.resultEntry(position).pointee) {
        firstNonFinite = NonFiniteReport(operation, result: position, index: index, tape: self)
        return
      }
    }
  }

  /// The position of the first NaN or infinity in a slot's value, if any.
  func firstNonFinite(in entry: Slot) -> Int? {
    guard entry.scalarType.isFloatingPoint, let pointer = entry.pointer else { return nil }
    let index = tk_first_non_finite(core.pointee.kernels, entry.scalarType.kernelType, entry.shape.count, pointer)
    return index >= 0 ? index : nil
  }
}

extension ScalarType {
  @inline(__always)
  var kernelType: tk_scalar { tk_scalar(rawValue: UInt32(rawValue)) }
}
