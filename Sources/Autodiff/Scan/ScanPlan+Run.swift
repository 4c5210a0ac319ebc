internal import CKernels
internal import DenseArrays

/// What a run of a plan shares between threads.
private struct ScanRun {
  /// Where the locations are at the first step.
  var cursors: UnsafePointer<ScanCursor>
  var instructions: UnsafePointer<ScanPlan.Instruction>
  var instructionCount: Int
  var locations: UnsafePointer<ScanPlan.Location>
  var columnStrides: UnsafePointer<Int32>
  var locationCount: Int
  var packed: UnsafePointer<UnsafeMutableRawPointer>
  var scalars: UnsafePointer<Double>
  var operandLimit: Int
  var kernels: OpaquePointer
  var kernelType: tk_scalar
  var bytes: Int
  var time: Int
  var rows: Int
  var rowsPerBlock: Int
}

/// Where a location is at a step, and how it moves on.
private struct ScanCursor: BitwiseCopyable {
  var pointer: UnsafeMutableRawPointer
  /// Bytes to the next step.
  var advance: Int
  /// The next step goes back: two rows take turns.
  var alternates: Bool
}

extension ScanPlan {
  /// Runs the loop of a scan operation.
  func run(_ operation: OperationView, time: Int, isReversed: Bool) {
    let core = operation.core
    let body = ScanPrimitive.body(operation)
    let bytes = scalarType.byteCount
    for state in 0..<body.stateCount {
      let byteCount = operation.operandEntry(body.sequenceCount + state).pointee.byteCount
      (operation.resultElements(state) + ScanPrimitive.row(operation, state: state, before: 0) * byteCount).copyMemory(
        from: operation.operandElements(body.sequenceCount + state), byteCount: byteCount)
    }
    let packedBlocks = packed.map { packed -> (UnsafeMutableRawPointer, Arena.SizeClass) in
      let kernelType = scalarType.kernelType
      let sizeClass = Arena.sizeClass(
        for: tk_packed_bytes(core.pointee.kernels, kernelType, Int(packed.k), Int(packed.n)))
      let block = core.pointee.arena.allocate(sizeClass)
      tk_pack(
        core.pointee.kernels, Int32(core.pointee.threads), kernelType, Int(packed.k), Int(packed.n),
        operation.operandElements(Int(packed.operand)), packed.isTransposed ? 1 : Int(packed.n),
        packed.isTransposed ? Int(packed.k) : 1, block)
      return (block, sizeClass)
    }
    let scratchClass = Arena.sizeClass(for: max(scratchCount * bytes, 64))
    let scratch = core.pointee.arena.allocate(scratchClass)
    defer {
      for (block, sizeClass) in packedBlocks { core.pointee.arena.release(block, sizeClass) }
      core.pointee.arena.release(scratch, scratchClass)
    }
    let blocks = blockCount(core.pointee.threads)
    let rowsPerBlock = blocks == 1 ? rows : ((rows + blocks - 1) / blocks + 7) / 8 * 8
    withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: packed.count + 1) { packedBases in
      withUnsafeTemporaryAllocation(of: ScanCursor.self, capacity: locations.count + 1) { cursors in
        for (index, location) in locations.enumerated() {
          cursors[index] = cursor(location, operation, scratch, time, isReversed)
        }
        for (index, block) in packedBlocks.enumerated() { packedBases[index] = block.0 }
        guard let packedBase = packedBases.baseAddress, let cursor = cursors.baseAddress else { return }
        instructions.withUnsafeBufferPointer { instructions in
          locations.withUnsafeBufferPointer { locations in
            columnStrides.withUnsafeBufferPointer { columnStrides in
              scalars.withUnsafeBufferPointer { scalars in
                let nothing = UnsafePointer<Double>(bitPattern: 64)
                guard let first = instructions.baseAddress, let location = locations.baseAddress,
                  let strides = columnStrides.baseAddress, let numbers = scalars.baseAddress ?? nothing
                else { return }
                var run = ScanRun(
                  cursors: cursor, instructions: first, instructionCount: instructions.count,
                  locations: location, columnStrides: strides, locationCount: locations.count, packed: packedBase,
                  scalars: numbers, operandLimit: instructions.map { Int($0.locationCount) }.max() ?? 1,
                  kernels: core.pointee.kernels, kernelType: scalarType.kernelType, bytes: bytes, time: time,
                  rows: rows, rowsPerBlock: rowsPerBlock)
                let count = (rows + rowsPerBlock - 1) / rowsPerBlock
                tk_team_run(
                  Int32(blocks), count,
                  { context, index in
                    guard let context else { return }
                    runBlock(context.assumingMemoryBound(to: ScanRun.self), index)
                  }, &run)
              }
            }
          }
        }
      }
    }
  }

  private func cursor(
    _ location: Location, _ operation: OperationView, _ scratch: UnsafeMutableRawPointer, _ time: Int,
    _ isReversed: Bool
  ) -> ScanCursor {
    let row = rowByteCount(location, ScanPrimitive.body(operation))
    let index = Int(location.index)
    let base: UnsafeMutableRawPointer
    var first = isReversed ? time - 1 : 0
    var advance = isReversed ? -row : row
    var alternates = false
    switch location.base {
    case .operandStep, .fixed: base = UnsafeMutableRawPointer(mutating: operation.operandElements(index))
    case .resultStep: base = operation.resultElements(index)
    case .before, .after:
      base = operation.resultElements(index)
      let count = location.base == .before ? 0 : 1
      first = ScanPrimitive.row(operation, state: index, before: count)
      if !ScanPrimitive.isTracked(operation, index) {
        alternates = true
        advance = count == 0 ? row : -row
      }
    case .scratch: base = scratch + index * scalarType.byteCount
    }
    return ScanCursor(
      pointer: base + first * row + Int(location.column) * scalarType.byteCount, advance: advance,
      alternates: alternates)
  }

  /// Bytes from one step to the next; 0 for what is the same at every step.
  private func rowByteCount(_ location: Location, _ body: ScanBody) -> Int {
    switch location.base {
    case .operandStep: body.inputType(Int(location.index)).shape.count * scalarType.byteCount
    case .before, .after, .resultStep: body.outputType(Int(location.index)).shape.count * scalarType.byteCount
    case .fixed, .scratch: 0
    }
  }

  /// Blocks of rows that threads take through the sequence: none has fewer than eight rows.
  private func blockCount(_ threads: Int) -> Int { max(1, min(threads, rows / 8)) }
}

/// Takes a block of rows.
private func runBlock(_ run: UnsafePointer<ScanRun>, _ block: Int) {
  let r = run.pointee
  let firstRow = block * r.rowsPerBlock
  let rowCount = min(r.rowsPerBlock, r.rows - firstRow)
  guard rowCount > 0 else { return }
  withUnsafeTemporaryAllocation(of: ScanCursor.self, capacity: r.locationCount + 1) { cursors in
    withUnsafeTemporaryAllocation(of: tk_operand.self, capacity: r.operandLimit) { operands in
      guard let operand = operands.baseAddress, let cursor = cursors.baseAddress else { return }
      for index in 0..<r.locationCount {
        cursor[index] = r.cursors[index]
        cursor[index].pointer += firstRow &* Int(r.locations[index].rowStride) &* r.bytes
      }
      runSteps(r, rowCount, cursor, operand)
    }
  }
}

/// Runs a block of rows through all steps.
private func runSteps(
  _ r: ScanRun, _ rowCount: Int, _ cursor: UnsafeMutablePointer<ScanCursor>, _ operand: UnsafeMutablePointer<tk_operand>
) {
  var product = tk_product()
  product.batch = 1
  product.m = rowCount
  product.a_column_stride = 1
  for _ in 0..<r.time {
    var index = 0
    while index < r.instructionCount {
      let instruction = r.instructions + index
      index &+= 1
      let first = Int(instruction.pointee.firstLocation)
      @inline(__always)
      func address(_ position: Int) -> UnsafeMutableRawPointer { cursor[first &+ position].pointer }
      switch instruction.pointee.kind {
      case .product:
        product.n = Int(instruction.pointee.columns)
        product.k = Int(instruction.pointee.depth)
        product.a = UnsafeRawPointer(address(0))
        product.a_row_stride = Int(r.locations[first].rowStride)
        product.c = address(1)
        product.c_row_stride = Int(r.locations[first &+ 1].rowStride)
        product.packed_b = UnsafeRawPointer(r.packed[Int(instruction.pointee.packed)])
        let hasBias = instruction.pointee.locationCount == 3
        product.bias = hasBias ? UnsafeRawPointer(address(2)) : nil
        product.bias_row_stride = hasBias ? Int(r.locations[first &+ 2].rowStride) : 0
        tk_matrix_product(r.kernels, 1, r.kernelType, &product)
      case .pointwise:
        let operandCount = Int(instruction.pointee.locationCount)
        for position in 0..<operandCount {
          operand[position] = tk_operand(
            data: address(position), row_stride: Int(r.locations[first &+ position].rowStride),
            column_stride: Int(r.columnStrides[first &+ position]), mode: TK_STORE)
        }
        tk_run_pointwise(
          r.kernels, 1, r.kernelType, instruction.pointee.kernel, rowCount, Int(instruction.pointee.columns), operand,
          r.scalars + Int(instruction.pointee.firstScalar))
      case .copy:
        let byteCount = Int(instruction.pointee.columns) &* r.bytes
        for row in 0..<rowCount {
          (address(1) + row &* Int(r.locations[first &+ 1].rowStride) &* r.bytes).copyMemory(
            from: address(0) + row &* Int(r.locations[first].rowStride) &* r.bytes, byteCount: byteCount)
        }
      }
    }
    for index in 0..<r.locationCount {
      cursor[index].pointer += cursor[index].advance
      if cursor[index].alternates { cursor[index].advance = -cursor[index].advance }
    }
  }
}
