internal import CKernels
internal import DenseArrays

/// All elementwise work: a scalar program applied to every element of its broadcast operands.
///
/// Results have the operands' common shape. When a gradient may be asked for, the transcendental intermediates that the
/// adjoint needs are extra results. Both rules are programs derived from the recorded one.
final class PointwisePrimitive: Primitive, @unchecked Sendable {
  static let shared = PointwisePrimitive(immortal: "pointwise")

  /// The program's entry in the tape's table. To be had before the table's arrays are read: it may be a new one, for which
  /// they move.
  @inline(__always)
  private static func entry(_ operation: OperationView) -> Int32 {
    let entry = operation.operation.pointee.pointwiseEntry
    if entry >= 0 { return entry }
    guard let body = operation.operation.pointee.body else { stop("pointwise: no program") }
    let found = operation.core.pointee.pointwise.entry(for: .fromOpaque(body.toOpaque()))
    operation.operation.pointee.pointwiseEntry = found
    return found
  }

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    let entry = Self.entry(operation)
    let core = operation.core
    let outputCount = core.pointee.pointwise.entries[entry].outputCount
    let operandSlots = operation.operandSlots
    let slots = core.pointee.slots.base
    let first = slots + Int(operandSlots[0])
    var isUniform = first.pointee.scalarType != .int32
    for position in 1..<max(operation.operandCount, 1) {
      let other = slots + Int(operandSlots[position])
      if other.pointee.scalarType != first.pointee.scalarType || other.pointee.shape != first.pointee.shape {
        isUniform = false
      }
    }
    let shape = isUniform ? first.pointee.shape : Self.commonShape(operation)
    for _ in 0..<outputCount { results.append(shape, first.pointee.scalarType) }
  }

  /// The shape that the operands broadcast to; stops when they do not fit or are of different types.
  @inline(never)
  private static func commonShape(_ operation: OperationView) -> Shape {
    var shape = operation.operandShape(0)
    let scalarType = operation.operandType(0)
    for position in 1..<max(operation.operandCount, 1) {
      let other = operation.operandEntry(position)
      if other.pointee.scalarType != scalarType {
        operation.fail("operands of types \(scalarType) and \(other.pointee.scalarType)")
      }
      guard let common = Shape.broadcast(shape, other.pointee.shape) else {
        operation.fail("shapes \(shape) and \(other.pointee.shape) do not broadcast")
      }
      shape = common
    }
    if scalarType == .int32 { operation.fail("computes in floating point, not in int32") }
    return shape
  }

  override func execute(_ operation: OperationView) {
    let entry = Self.entry(operation)
    let core = operation.core
    let kernel = core.pointee.pointwise.entries[entry].kernel
    let operandCount = operation.operandCount
    let resultCount = operation.resultCount
    let operandSlots = operation.operandSlots
    let slots = core.pointee.slots.base
    let results = operation.resultEntry(0)
    let count = results.pointee.shape.count
    guard count > 0 else { return }
    withUnsafeTemporaryAllocation(of: tk_operand.self, capacity: operandCount &+ resultCount) { operands in
      let base = operands.baseAddress.unsafelyUnwrapped
      var isUniform = true
      for position in 0..<operandCount {
        let operand = slots + Int(operandSlots[position])
        // Those that fit and have as many elements have them in the same order.
        if operand.pointee.shape.count != count { isUniform = false }
        base[position].data = operand.pointee.pointer
      }
      for position in 0..<resultCount { base[operandCount &+ position].data = results[position].pointer }
      if isUniform {
        tk_run_elementwise(
          core.pointee.kernels, Int32(truncatingIfNeeded: core.pointee.threads),
          results.pointee.scalarType.kernelType, kernel, count, base, operation.scalars.baseAddress)
      } else {
        Self.runBroadcast(operation, kernel, base)
      }
    }
  }

  /// Collapses the axes into as few as the operands' broadcasting allows, and runs the two innermost ones at a time.
  @inline(never)
  private static func runBroadcast(
    _ operation: OperationView, _ kernel: UnsafePointer<tk_program>, _ operands: UnsafeMutablePointer<tk_operand>
  ) {
    let shape = operation.resultShape(0)
    let kernelType = operation.resultType(0).kernelType
    let operandCount = operation.operandCount
    let total = operandCount + operation.resultCount
    // For each collapsed axis: its size, and which operands have it.
    var sizes = (0, 0, 0, 0, 0, 0)
    var patterns: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
    var count = 0
    withUnsafeMutableBytes(of: &sizes) { sizeBytes in
      withUnsafeMutableBytes(of: &patterns) { patternBytes in
        let size = sizeBytes.bindMemory(to: Int.self)
        let pattern = patternBytes.bindMemory(to: UInt64.self)
        for axis in 0..<shape.rank where shape[axis] != 1 {
          var present: UInt64 = 0
          for position in 0..<operandCount {
            let operandShape = operation.operandEntry(position).pointee.shape
            let own = axis - (shape.rank - operandShape.rank)
            if own >= 0, operandShape[own] != 1 { present |= 1 << UInt64(position) }
          }
          if count > 0, pattern[count - 1] == present {
            size[count - 1] *= shape[axis]
          } else {
            size[count] = shape[axis]
            pattern[count] = present
            count += 1
          }
        }
        func hasAxis(_ position: Int, _ axis: Int) -> Bool {
          position >= operandCount || pattern[axis] & (1 << UInt64(position)) != 0
        }
        /// Elements between neighbours along a collapsed axis.
        func stride(_ position: Int, _ axis: Int) -> Int {
          guard hasAxis(position, axis) else { return 0 }
          var product = 1
          for inner in (axis + 1)..<max(count, axis + 1) where hasAxis(position, inner) { product *= size[inner] }
          return product
        }
        let columns = count > 0 ? size[count - 1] : 1
        let rows = count > 1 ? size[count - 2] : 1
        for position in 0..<total {
          operands[position].mode = TK_STORE
          operands[position].column_stride = count > 0 && hasAxis(position, count - 1) ? 1 : 0
          operands[position].row_stride = count > 1 ? stride(position, count - 2) : 0
        }
        if count == 0 { for position in operandCount..<total { operands[position].column_stride = 1 } }
        var outerCount = 1
        for axis in 0..<max(count - 2, 0) { outerCount *= size[axis] }
        let bytes = operation.resultEntry(0).pointee.scalarType.byteCount
        for outer in 0..<outerCount {
          if outer > 0 || outerCount > 1 {
            for position in 0..<total {
              var remaining = outer
              var offset = 0
              for axis in (0..<max(count - 2, 0)).reversed() {
                offset += remaining % size[axis] * stride(position, axis)
                remaining /= size[axis]
              }
              let entry =
                position < operandCount
                ? operation.operandEntry(position) : operation.resultEntry(position - operandCount)
              operands[position].data = entry.pointee.pointer.map { $0 + offset * bytes }
            }
          }
          tk_run_pointwise(
            operation.core.pointee.kernels, Int32(truncatingIfNeeded: operation.core.pointee.threads), kernelType,
            kernel, rows, columns, operands, operation.scalars.baseAddress)
        }
      }
    }
  }

  override func reverse(_ operation: ReverseOperation) {
    let core = operation.view.core
    let view = operation.view
    let cotangents = core.pointee.sweep.pointee.cotangents
    let active = core.pointee.sweep.pointee.active
    let operandSlots = view.operandSlots
    var wanted: UInt64 = 0
    var seeds: UInt64 = 0
    for position in 0..<view.operandCount where active[operandSlots[position]] != 0 {
      wanted |= 1 &<< UInt64(position)
    }
    for position in 0..<view.resultCount where cotangents[position] >= 0 { seeds |= 1 &<< UInt64(position) }
    guard wanted != 0, seeds != 0 else { return }
    let derivative = core.pointee.pointwise.derivative(.adjoint, of: Self.entry(view), inputs: wanted, seeds: seeds)
    let first = Self.run(derivative, view) { cotangents[$0] }
    var target = derivative.firstTarget
    for position in 0..<view.operandCount where wanted & (1 &<< UInt64(position)) != 0 {
      let reference = core.pointee.pointwise.references[target]
      target &+= 1
      var cotangent: Int32
      switch reference.kind {
      case .output: cotangent = first &+ reference.index
      case .seed: cotangent = cotangents[Int(reference.index)]
      default: continue
      }
      let shape = view.operandEntry(position).pointee.shape
      let own = core.pointee.slots[cotangent].shape
      if own != shape {
        let isUniform = own.rank == 0 && core.pointee.mode != .symbolic && shape == view.resultEntry(0).pointee.shape
        if !isUniform { cotangent = Variable(tape: operation.tape, slot: cotangent).summed(to: shape).slot }
      }
      core.pointee.sweep.pointee.pushes.append(
        Push(kind: .whole, target: view.operandSlot(position), source: cotangent))
    }
  }

  /// Whether the reverse rule takes one number for a whole cotangent: when no operand was broadcast, whose cotangent would
  /// be a sum over the repeated elements.
  static func takesUniformCotangents(_ view: OperationView) -> Bool {
    let shape = view.resultEntry(0).pointee.shape
    return (0..<view.operandCount).allSatisfy { view.operandEntry($0).pointee.shape == shape }
  }

  override func forward(_ operation: ForwardOperation) {
    let core = operation.view.core
    let view = operation.view
    var inputs: UInt64 = 0
    for position in 0..<view.operandCount where operation.tangent(position) != nil { inputs |= 1 << UInt64(position) }
    let derivative = core.pointee.pointwise.derivative(.tangent, of: Self.entry(view), inputs: inputs, seeds: 0)
    let tangents = core.pointee.sweep.pointee.tangents
    let first = Self.run(derivative, view) { tangents[view.operandSlot($0)] }
    for position in 0..<view.resultCount {
      let reference = core.pointee.pointwise.references[derivative.firstTarget &+ Int32(position)]
      let slot: Int32
      switch reference.kind {
      case .output: slot = first &+ reference.index
      case .seed: slot = tangents[view.operandSlot(Int(reference.index))]
      default: continue
      }
      operation.setTangent(
        position, Variable(tape: operation.tape, slot: slot).broadcast(to: view.resultShape(position)))
    }
  }

  /// Applies a derived program to the operation's operands, results and seeds; returns the first result's slot.
  @inline(__always)
  private static func run(
    _ derivative: PointwiseTable.Derivative, _ view: OperationView, seed: (Int) -> Int32
  ) -> Int32 {
    guard derivative.entry >= 0 else { return -1 }
    let core = view.core
    @inline(__always)
    func slot(_ position: Int32) -> Int32 {
      let reference = core.pointee.pointwise.references[position]
      switch reference.kind {
      case .input: return view.operandSlot(Int(reference.index))
      case .output: return view.resultSlot(Int(reference.index))
      default: return seed(Int(reference.index))
      }
    }
    let sources = derivative.firstSource..<derivative.firstSource &+ derivative.sourceCount
    var entry = derivative.entry
    if core.pointee.mode != .valuesOnly,
      sources.contains(where: { core.pointee.slots[slot($0)].flags.contains(.differentiable) })
    {
      entry = core.pointee.pointwise.augmented(entry)
    }
    let builder = OperationBuilder(core, pointwiseEntry: entry)
    for position in sources { builder.operand(slot(position)) }
    for position in 0..<view.scalarCount { builder.scalar(view.scalar(position)) }
    return builder.finishPointwise()
  }

  /// "add" for a program of one operation, "pointwise" for longer ones.
  override func messageName(_ operation: OperationView) -> String {
    let entry = Self.entry(operation)
    let program = operation.core.pointee.pointwise.entries[entry].program.takeUnretainedValue()
    return program.operationCount == 1 ? program.label : name
  }

  override func describeAttributes(_ operation: OperationView) -> String {
    let entry = Self.entry(operation)
    return operation.core.pointee.pointwise.entries[entry].program.takeUnretainedValue().label
  }
}

extension OperationBuilder {
  /// A pointwise operation with the program of an entry of the tape's table.
  @inline(__always)
  init(_ core: UnsafeMutablePointer<TapeCore>, pointwiseEntry: Int32) {
    let program = core.pointee.pointwise.entries[pointwiseEntry].program
    self.init(
      core, core.pointee.pointwisePrimitive, body: .fromOpaque(program.toOpaque()), pointwiseEntry: pointwiseEntry)
  }

  /// `finish` for a pointwise operation, in less time where its operands are of one shape.
  @inline(__always)
  func finishPointwise() -> Int32 {
    let slot = core.recordElementwise(pointwiseEntry, firstOperand: firstOperand, firstScalar: firstScalar)
    return slot >= 0 ? slot : finish()
  }
}

extension UnsafeMutablePointer<TapeCore> {
  /// Runs and records a pointwise operation on operands of one shape: what `OperationBuilder.finish` does, without asking
  /// for what such an operation has not; returns the first result's slot, or -1, with nothing done, for any other.
  ///
  /// The operands and numbers are the last of the tape's arrays, from `firstOperand` and `firstScalar` on.
  @inline(never)
  fileprivate func recordElementwise(_ entry: Int32, firstOperand: Int, firstScalar: Int) -> Int32 {
    let mode = pointee.mode
    guard mode != .symbolic, pointee.isOpen, !pointee.hasPostponed, !pointee.detectsNonFinite else { return -1 }
    let operandCount = pointee.operandSlots.count &- firstOperand
    let operandSlots = pointee.operandSlots.base + firstOperand
    guard operandCount > 0 else { return -1 }
    let first = pointee.slots.base + Int(operandSlots[0])
    let (shape, scalarType) = (first.pointee.shape, first.pointee.scalarType)
    let count = shape.count
    guard scalarType != .int32, count > 0, !shape.hasLongAxis else { return -1 }
    let program = pointee.pointwise.entries[entry]
    let firstResult = pointee.slots.count
    let isRecorded = mode == .recorded
    let total = operandCount &+ Int(program.outputCount)
    if pointee.operands.count < total { pointee.operands.resize(to: total, filling: tk_operand()) }
    var operand = pointee.operands.base
    var flags = Slot.Flags()
    for position in 0..<operandCount {
      let slot = pointee.slots.base + Int(operandSlots[position])
      if slot.pointee.shape != shape || slot.pointee.scalarType != scalarType { return -1 }
      flags.formUnion(slot.pointee.flags)
      operand.pointee.data = slot.pointee.pointer
      operand += 1
    }
    let index = Int32(truncatingIfNeeded: pointee.operations.count)
    let sizeClass = Arena.sizeClass(for: count &* scalarType.byteCount)
    flags = isRecorded && flags.contains(.differentiable) ? [.owned, .differentiable] : .owned
    for _ in 0..<program.outputCount {
      let block = pointee.arena.allocate(sizeClass)
      pointee.slots.append(
        Slot(
          shape: shape, scalarType: scalarType, flags: flags, sizeClass: sizeClass, producer: isRecorded ? index : -1,
          pointer: block))
      operand.pointee.data = block
      operand += 1
    }
    tk_run_elementwise(
      pointee.kernels, Int32(truncatingIfNeeded: pointee.threads), scalarType.kernelType, program.kernel, count,
      pointee.operands.base, pointee.scalars.base + firstScalar)
    if isRecorded {
      pointee.operations.append(
        Operation(
          primitive: pointee.pointwisePrimitive, body: .fromOpaque(program.program.toOpaque()),
          firstOperand: Int32(truncatingIfNeeded: firstOperand), operandCount: Int32(truncatingIfNeeded: operandCount),
          firstResult: Int32(truncatingIfNeeded: firstResult), resultCount: program.outputCount,
          firstInteger: Int32(truncatingIfNeeded: pointee.integers.count), integerCount: 0,
          firstScalar: Int32(truncatingIfNeeded: firstScalar),
          scalarCount: Int32(truncatingIfNeeded: pointee.scalars.count &- firstScalar), scope: pointee.currentScope,
          pointwiseEntry: entry))
    } else {
      pointee.operandSlots.truncate(to: firstOperand)
      pointee.scalars.truncate(to: firstScalar)
    }
    return Int32(truncatingIfNeeded: firstResult)
  }
}

extension UnsafeMutablePointer<TapeCore> {
  /// The entry to record for a program: the one that keeps intermediates as results when a gradient may be asked for.
  @inline(__always)
  func pointwiseEntry(_ program: PointwiseProgram, isDifferentiable: Bool) -> Int32 {
    let entry = pointee.pointwise.entry(for: .passUnretained(program))
    return isDifferentiable && pointee.mode != .valuesOnly ? pointee.pointwise.augmented(entry) : entry
  }

  /// Records a pointwise program of one operand; returns the result's slot.
  @inline(__always)
  func pointwise(_ program: PointwiseProgram, _ a: Int32) -> Int32 {
    let isDifferentiable = pointee.slots[a].flags.contains(.differentiable)
    let builder = OperationBuilder(self, pointwiseEntry: pointwiseEntry(program, isDifferentiable: isDifferentiable))
    builder.operand(a)
    return builder.finishPointwise()
  }

  /// Records a pointwise program of one operand and a number; returns the result's slot.
  @inline(__always)
  func pointwise(_ program: PointwiseProgram, _ a: Int32, constant: Double) -> Int32 {
    let isDifferentiable = pointee.slots[a].flags.contains(.differentiable)
    let builder = OperationBuilder(self, pointwiseEntry: pointwiseEntry(program, isDifferentiable: isDifferentiable))
    builder.operand(a)
    builder.scalar(constant)
    return builder.finishPointwise()
  }

  /// Records a pointwise program of two operands; returns the result's slot.
  @inline(__always)
  func pointwise(_ program: PointwiseProgram, _ a: Int32, _ b: Int32) -> Int32 {
    let isDifferentiable =
      pointee.slots[a].flags.contains(.differentiable) || pointee.slots[b].flags.contains(.differentiable)
    let builder = OperationBuilder(self, pointwiseEntry: pointwiseEntry(program, isDifferentiable: isDifferentiable))
    builder.operand(a)
    builder.operand(b)
    return builder.finishPointwise()
  }
}
