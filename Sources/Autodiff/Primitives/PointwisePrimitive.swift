internal import CKernels
internal import DenseArrays

/// All elementwise work: a scalar program applied to every element of its broadcast operands.
///
/// Results have the operands' common shape. When a gradient may be asked for, the transcendental intermediates that the
/// adjoint needs are extra results. Both rules are programs derived from the recorded one.
final class PointwisePrimitive: Primitive, @unchecked Sendable {
  static let shared = PointwisePrimitive(immortal: "pointwise")

  @inline(__always)
  private static func program(_ operation: OperationView) -> PointwiseProgram {
    guard let body = operation.operation.pointee.body else { stop("pointwise: no program") }
    return unsafeDowncast(body.takeUnretainedValue(), to: PointwiseProgram.self)
  }

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    let program = Self.program(operation)
    var shape = operation.operandShape(0)
    let scalarType = operation.operandType(0)
    for position in 1..<max(operation.operandCount, 1) {
      let other = operation.operandEntry(position)
      if other.pointee.scalarType != scalarType {
        operation.fail("operands of types \(scalarType) and \(other.pointee.scalarType)")
      }
      if other.pointee.shape != shape {
        guard let common = Shape.broadcast(shape, other.pointee.shape) else {
          operation.fail("shapes \(shape) and \(other.pointee.shape) do not broadcast")
        }
        shape = common
      }
    }
    if scalarType == .int32 { operation.fail("computes in floating point, not in int32") }
    for _ in 0..<program.outputCount { results.append(shape, scalarType) }
  }

  override func execute(_ operation: OperationView) {
    let program = Self.program(operation)
    let operandCount = operation.operandCount
    let resultCount = operation.resultCount
    let shape = operation.resultEntry(0).pointee.shape
    let kernelType = operation.resultEntry(0).pointee.scalarType.kernelType
    guard shape.count > 0 else { return }
    var isUniform = true
    for position in 0..<operandCount where operation.operandEntry(position).pointee.shape != shape { isUniform = false }
    withUnsafeTemporaryAllocation(of: tk_operand.self, capacity: operandCount + resultCount) { operands in
      let base = operands.baseAddress.unsafelyUnwrapped
      for position in 0..<operandCount + resultCount {
        let entry =
          position < operandCount
          ? operation.operandEntry(position) : operation.resultEntry(position &- operandCount)
        base[position] = tk_operand(
          data: entry.pointee.pointer, row_stride: 0, column_stride: 1, mode: TK_STORE)
      }
      if isUniform {
        program.run(
          kernels: operation.core.pointee.kernels, threads: operation.core.pointee.threads, scalar: kernelType, rows: 1,
          columns: shape.count, operands: UnsafePointer(base), constants: operation.scalars.baseAddress.unsafelyUnwrapped)
      } else {
        Self.runBroadcast(operation, program, shape, kernelType, base)
      }
    }
  }

  /// Collapses the axes into as few as the operands' broadcasting allows, and runs the two innermost ones at a time.
  private static func runBroadcast(
    _ operation: OperationView, _ program: PointwiseProgram, _ shape: Shape, _ kernelType: tk_scalar,
    _ operands: UnsafeMutablePointer<tk_operand>
  ) {
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
          program.run(
            kernels: operation.core.pointee.kernels, threads: operation.core.pointee.threads, scalar: kernelType,
            rows: rows, columns: columns, operands: UnsafePointer(operands),
            constants: operation.scalars.baseAddress.unsafelyUnwrapped)
        }
      }
    }
  }

  override func reverse(_ operation: ReverseOperation) {
    let program = Self.program(operation.view)
    var wanted: UInt64 = 0
    var seeds: UInt64 = 0
    for position in 0..<operation.operandCount where operation.needs(position) { wanted |= 1 << UInt64(position) }
    for position in 0..<operation.resultCount where operation.cotangent(position) != nil {
      seeds |= 1 << UInt64(position)
    }
    guard wanted != 0, seeds != 0 else { return }
    let derivative = program.adjoint(withRespectTo: wanted, seeds: seeds)
    let first = run(derivative, operation.tape, operation.view) { operation.tape.sweep.pointee.cotangents[$0] }
    var index = 0
    for position in 0..<operation.operandCount where wanted & (1 << UInt64(position)) != 0 {
      let cotangent: Variable
      switch derivative.targets[index] {
      case .output(let output): cotangent = Variable(tape: operation.tape, slot: first &+ Int32(output))
      case .seed(let seed): cotangent = Variable(tape: operation.tape, slot: operation.tape.sweep.pointee.cotangents[seed])
      case .zero:
        index &+= 1
        continue
      }
      index &+= 1
      operation.push(position, cotangent.summed(to: operation.view.operandShape(position)))
    }
  }

  override func forward(_ operation: ForwardOperation) {
    let program = Self.program(operation.view)
    var inputs: UInt64 = 0
    for position in 0..<operation.operandCount where operation.tangent(position) != nil {
      inputs |= 1 << UInt64(position)
    }
    let derivative = program.tangent(inputs: inputs)
    let first = run(derivative, operation.tape, operation.view) {
      operation.tangent($0)?.slot ?? -1
    }
    for position in 0..<operation.resultCount {
      let tangent: Variable
      switch derivative.targets[position] {
      case .output(let output): tangent = Variable(tape: operation.tape, slot: first &+ Int32(output))
      case .seed(let seed):
        guard let given = operation.tangent(seed) else { continue }
        tangent = given
      case .zero: continue
      }
      operation.setTangent(position, tangent.broadcast(to: operation.view.resultShape(position)))
    }
  }

  /// Applies a derived program to the operation's operands, results and seeds; returns the first result's slot.
  @inline(__always)
  private func run(
    _ derivative: PointwiseDerivative, _ tape: Tape, _ view: OperationView, seed: (Int) -> Int32
  ) -> Int32 {
    guard derivative.program.outputCount > 0 else { return -1 }
    let program = tape.programToRecord(derivative.program) {
      derivative.operands.contains { source in
        switch source {
        case .input(let input): tape.core.pointee.slots[view.operandSlot(input)].flags.contains(.differentiable)
        case .output(let output): tape.core.pointee.slots[view.resultSlot(output)].flags.contains(.differentiable)
        case .seed(let index): tape.core.pointee.slots[seed(index)].flags.contains(.differentiable)
        }
      }
    }
    let builder = OperationBuilder(tape, PointwisePrimitive.shared, body: program)
    for source in derivative.operands {
      switch source {
      case .input(let input): builder.operand(view.operandSlot(input))
      case .output(let output): builder.operand(view.resultSlot(output))
      case .seed(let index): builder.operand(seed(index))
      }
    }
    for position in 0..<view.scalarCount { builder.scalar(view.scalar(position)) }
    return builder.finish()
  }

  override func describeAttributes(_ operation: OperationView) -> String {
    Self.program(operation).label
  }
}

extension Tape {
  /// The program itself, or the one that keeps intermediates as results when a gradient may be asked for.
  @inline(__always)
  func programToRecord(_ program: PointwiseProgram, isDifferentiable: () -> Bool) -> PointwiseProgram {
    if core.pointee.mode == .valuesOnly { return program }
    if !isDifferentiable() { return program }
    return program.savingIntermediates()
  }

  /// Records a pointwise program on slots of this tape; returns the first result's slot.
  @inline(__always)
  func pointwise(_ program: PointwiseProgram, _ a: Int32, constant: Double? = nil) -> Int32 {
    let recorded = programToRecord(program) { core.pointee.slots[a].flags.contains(.differentiable) }
    let builder = OperationBuilder(self, PointwisePrimitive.shared, body: recorded)
    builder.operand(a)
    if let constant { builder.scalar(constant) }
    return builder.finish()
  }

  @inline(__always)
  func pointwise(_ program: PointwiseProgram, _ a: Int32, _ b: Int32) -> Int32 {
    let recorded = programToRecord(program) {
      core.pointee.slots[a].flags.contains(.differentiable) || core.pointee.slots[b].flags.contains(.differentiable)
    }
    let builder = OperationBuilder(self, PointwisePrimitive.shared, body: recorded)
    builder.operand(a)
    builder.operand(b)
    return builder.finish()
  }
}
