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
  var packed: UnsafePointer<PackedBlock>
  var scalars: UnsafePointer<Double>
  var kernels: OpaquePointer
  var kernelType: tk_scalar
  var bytes: Int
  var time: Int
  var rows: Int
  var rowsPerBlock: Int
  /// What each product brings near for what comes after it.
  var soon: UnsafePointer<ScanPlan.Soon>
  var soonCount: Int
}

/// A right operand, packed for all steps of a run.
private struct PackedBlock: BitwiseCopyable {
  var pointer: UnsafeMutableRawPointer
  var form: tk_product_form
}

/// Where a location is at a step, and how it moves on.
struct ScanCursor: BitwiseCopyable {
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
    let packedBlocks = packed.map { packed -> (PackedBlock, Arena.SizeClass) in
      let kernelType = scalarType.kernelType
      // By all rows, however many of them a thread has.
      let form = tk_product_form_for(core.pointee.kernels, kernelType, rows, Int(packed.n), Int(packed.k))
      let sizeClass = Arena.sizeClass(
        for: tk_packed_bytes(core.pointee.kernels, kernelType, form, Int(packed.k), Int(packed.n)))
      let block = core.pointee.arena.allocate(sizeClass)
      tk_pack(
        core.pointee.kernels, Int32(core.pointee.threads), kernelType, form, Int(packed.k), Int(packed.n),
        operation.operandElements(Int(packed.operand)), packed.isTransposed ? 1 : Int(packed.n),
        packed.isTransposed ? Int(packed.k) : 1, block)
      return (PackedBlock(pointer: block, form: form), sizeClass)
    }
    let scratchClass = Arena.sizeClass(for: max(scratchCount * bytes, 64))
    let scratch = core.pointee.arena.allocate(scratchClass)
    defer {
      for (block, sizeClass) in packedBlocks { core.pointee.arena.release(block.pointer, sizeClass) }
      core.pointee.arena.release(scratch, scratchClass)
    }
    let blocks = blockCount(core.pointee.threads)
    let rowsPerBlock = blocks == 1 ? rows : ((rows + blocks - 1) / blocks + 7) / 8 * 8
    withUnsafeTemporaryAllocation(of: PackedBlock.self, capacity: packed.count + 1) { packedBases in
      withUnsafeTemporaryAllocation(of: ScanCursor.self, capacity: locations.count + 1) { cursors in
        for (index, location) in locations.enumerated() {
          cursors[index] = cursor(location, operation, scratch, time, isReversed)
        }
        for (index, block) in packedBlocks.enumerated() { packedBases[index] = block.0 }
        guard let packedBase = packedBases.baseAddress, let cursor = cursors.baseAddress else { return }
        withSoon(cursor, time: time) { soon, soonCount in
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
                    scalars: numbers,
                    kernels: core.pointee.kernels, kernelType: scalarType.kernelType, bytes: bytes, time: time,
                    rows: rows, rowsPerBlock: rowsPerBlock, soon: soon, soonCount: soonCount)
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
  withUnsafeTemporaryAllocation(of: Int.self, capacity: r.locationCount + 1) { advances in
    withUnsafeTemporaryAllocation(of: tk_operand.self, capacity: r.locationCount + 1) { operands in
      guard let operand = operands.baseAddress, let advance = advances.baseAddress else { return }
      for index in 0..<r.locationCount {
        let rowStride = Int(r.locations[index].rowStride)
        operand[index] = tk_operand(
          data: r.cursors[index].pointer + firstRow &* rowStride &* r.bytes, row_stride: rowStride,
          column_stride: Int(r.columnStrides[index]), mode: TK_STORE)
        advance[index] = r.cursors[index].advance
      }
      withUnsafeTemporaryAllocation(of: tk_region.self, capacity: r.soonCount + 1) { regions in
        guard let region = regions.baseAddress else { return }
        for index in 0..<r.soonCount {
          let soon = r.soon[index]
          let place = operand[Int(soon.location)]
          region[index] = tk_region(
            base: place.data + (soon.isNext ? advance[Int(soon.location)] : 0), rows: rowCount,
            row_bytes: Int(soon.columns) &* r.bytes, stride: place.row_stride &* r.bytes)
        }
        runSteps(r, rowCount, operand, advance, region)
      }
    }
  }
}

/// Runs a block of rows through all steps; `operand` is where each location is at the first one.
private func runSteps(
  _ r: ScanRun, _ rowCount: Int, _ operand: UnsafeMutablePointer<tk_operand>, _ advance: UnsafeMutablePointer<Int>,
  _ region: UnsafeMutablePointer<tk_region>
) {
  var product = tk_product()
  product.batch = 1
  product.m = rowCount
  product.a_column_stride = 1
  let (instructions, instructionCount) = (r.instructions, r.instructionCount)
  let (cursors, locationCount) = (r.cursors, r.locationCount)
  for _ in 0..<r.time {
    var index = 0
    var soon = 0
    while index < instructionCount {
      let instruction = instructions + index
      index &+= 1
      let places = operand + Int(instruction.pointee.firstLocation)
      switch instruction.pointee.kind {
      case .product:
        product.n = Int(instruction.pointee.columns)
        product.k = Int(instruction.pointee.depth)
        product.a = UnsafeRawPointer(places[0].data)
        product.a_row_stride = places[0].row_stride
        product.c = places[1].data
        product.c_row_stride = places[1].row_stride
        product.packed_b = UnsafeRawPointer(r.packed[Int(instruction.pointee.packed)].pointer)
        product.form = r.packed[Int(instruction.pointee.packed)].form
        let hasBias = instruction.pointee.locationCount == 3
        product.bias = hasBias ? UnsafeRawPointer(places[2].data) : nil
        product.bias_row_stride = hasBias ? places[2].row_stride : 0
        product.soon = UnsafePointer(region + soon)
        let firstSoon = soon
        while soon < r.soonCount, Int(r.soon[soon].product) == index &- 1 { soon &+= 1 }
        product.soon_count = soon &- firstSoon
        tk_matrix_product(r.kernels, 1, r.kernelType, &product)
      case .pointwise:
        let columns = Int(instruction.pointee.columns)
        let scalars = r.scalars + Int(instruction.pointee.firstScalar)
        if instruction.pointee.isFlat {
          tk_run_elementwise(
            r.kernels, 1, r.kernelType, instruction.pointee.kernel, rowCount &* columns, places, scalars)
        } else {
          tk_run_pointwise(
            r.kernels, 1, r.kernelType, instruction.pointee.kernel, rowCount, columns, places, scalars)
        }
      case .copy:
        let byteCount = Int(instruction.pointee.columns) &* r.bytes
        for row in 0..<rowCount {
          (places[1].data + row &* places[1].row_stride &* r.bytes).copyMemory(
            from: places[0].data + row &* places[0].row_stride &* r.bytes, byteCount: byteCount)
        }
      }
    }
    for index in 0..<locationCount {
      operand[index].data += advance[index]
      if cursors[index].alternates { advance[index] = -advance[index] }
    }
    for index in 0..<r.soonCount { region[index].base += advance[Int(r.soon[index].location)] }
  }
}
