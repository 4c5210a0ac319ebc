internal import CKernels
internal import DenseArrays

/// A body compiled for running: products and elementwise programs on memory that is addressed by row and step.
///
/// Made for bodies that treat the rows of a batch alike: then threads take blocks of rows through the whole sequence, and
/// no bit depends on their number. Any other body has no plan and runs operation by operation.
final class ScanPlan {
  /// Where a value is.
  struct Location: BitwiseCopyable {
    enum Base: UInt8, BitwiseCopyable {
      /// A sequence operand, an emitted result: one step after the other.
      case operandStep
      case resultStep
      /// A trajectory before and after the step.
      case before
      case after
      /// An operand that is the same at every step.
      case fixed
      /// Scratch memory of one step.
      case scratch
    }

    var base: Base
    /// The operand's or result's index, or the scratch block's offset in elements.
    var index: Int32
    /// Elements from the beginning of a row.
    var column: Int32 = 0
    /// Elements between rows; 0 for values without rows.
    var rowStride: Int32
  }

  struct Instruction: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable {
      case product
      case pointwise
      case copy
    }

    var kind: Kind
    var firstLocation: Int32
    var locationCount: Int32
    var columns: Int32
    /// Product: the inner size and the packed operand. Pointwise: the scalars.
    var depth: Int32 = 0
    var packed: Int32 = -1
    var kernel: UnsafePointer<tk_program>?
    var firstScalar: Int32 = 0
    var scalarCount: Int32 = 0
    /// Elementwise work on rows that follow each other without a gap in all locations: one long row.
    var isFlat = false
  }

  /// A right operand of a product, packed once a run.
  struct Packed: BitwiseCopyable {
    var operand: Int32
    var isTransposed: Bool
    var k: Int32
    var n: Int32
  }

  let rows: Int
  let scalarType: ScalarType
  private(set) var instructions: [Instruction] = []
  private(set) var locations: [Location] = []
  /// Column strides of elementwise operands, beside `locations`.
  private(set) var columnStrides: [Int32] = []
  private(set) var packed: [Packed] = []
  private(set) var scalars: [Double] = []
  private(set) var scratchCount = 0
  /// What products bring near for what comes after them.
  private(set) var soon: [Soon] = []
  unowned let body: ScanBody
  private let late: Set<Int>
  private var table = PointwiseTable()

  deinit { table.deallocate() }

  /// A plan, unless the body needs more than a plan can do.
  ///
  /// - Parameter late: results that are written at the end of each step.
  init?(_ body: ScanBody, late: Set<Int>) {
    self.body = body
    self.late = late
    let storage = body.storage
    scalarType = storage.scalarType
    guard body.stateCount > 0, let batch = body.outputType(0).shape.first, batch > 0 else { return nil }
    rows = batch
    for output in 0..<body.stateCount + body.emittedCount {
      let type = body.outputType(output)
      guard type.scalarType == scalarType, type.shape.first == batch else { return nil }
    }
    for input in 0..<body.sequenceCount + body.stateCount {
      let type = body.inputType(input)
      let isNumber = input < body.sequenceCount && type.shape.rank == 0
      guard type.scalarType == scalarType, isNumber || type.shape.first == batch else { return nil }
    }
    guard storage.constants.isEmpty, compile() else { return nil }
    soon = soonNeeded()
  }

  private func width(_ slot: Int32) -> Int { body.storage.slots[Int(slot)].shape.count / rows }

  // MARK: Compilation

  private func compile() -> Bool {
    let storage = body.storage
    let live = storage.liveOperations(for: storage.outputs)
    var places: [Int32: Location] = [:]
    var copies: [(from: Int32, to: Location)] = []
    for (index, slot) in storage.inputs.enumerated() {
      if index < body.sequenceCount {
        let isNumber = storage.slots[Int(slot)].shape.rank == 0
        places[slot] = Location(
          base: .operandStep, index: Int32(index), rowStride: isNumber ? 0 : Int32(width(slot)))
      } else if index < body.sequenceCount + body.stateCount {
        places[slot] = Location(
          base: .before, index: Int32(index - body.sequenceCount), rowStride: Int32(width(slot)))
      } else {
        places[slot] = Location(base: .fixed, index: Int32(index), rowStride: 0)
      }
    }
    let isView = { (operation: Operation) in
      storage.isA(SlicePrimitive.shared, operation) || storage.isA(ReshapePrimitive.shared, operation)
        || storage.isA(DetachPrimitive.shared, operation)
    }
    var viewResults = Set<Int32>()
    for operation in storage.operations where isView(operation) { viewResults.formUnion(storage.results(operation)) }
    for (index, slot) in storage.outputs.enumerated() {
      let location = Location(
        base: index < body.stateCount ? .after : .resultStep, index: Int32(index), rowStride: Int32(width(slot)))
      if places[slot] == nil, !viewResults.contains(slot), !late.contains(index) {
        places[slot] = location
      } else {
        copies.append((slot, location))
      }
    }
    // Parts of a concatenation are written where they belong.
    for (index, operation) in storage.operations.enumerated().reversed() where live[index] {
      guard storage.isA(ConcatenatePrimitive.shared, operation) else { continue }
      let result = operation.firstResult
      guard storage.slots[Int(result)].shape.rank == 2, storage.integers(operation).first == 1 else { return false }
      let target = places[result] ?? scratch(result)
      places[result] = target
      var column = 0
      for part in storage.operands(operation) {
        var location = target
        location.column += Int32(column)
        if places[part] == nil, !viewResults.contains(part) {
          places[part] = location
        } else {
          partCopies[index, default: []].append((part, location))
        }
        column += width(part)
      }
    }
    for (index, operation) in storage.operations.enumerated() where live[index] {
      for slot in storage.operands(operation) where places[slot] == nil { return false }
      if isView(operation) {
        guard let view = view(operation, places) else { return false }
        places[operation.firstResult] = view
      } else if storage.isA(ConcatenatePrimitive.shared, operation) {
        for (part, location) in partCopies[index] ?? [] {
          guard var source = places[part] else { return false }
          if source.base == .fixed { source.rowStride = Int32(width(part)) }
          appendCopy(source, location, width(part))
        }
      } else if storage.isA(MatrixProductPrimitive.shared, operation) {
        guard appendProduct(operation, &places) else { return false }
      } else if storage.pointwiseProgram(operation) != nil {
        guard appendPointwise(operation, &places) else { return false }
      } else {
        return false
      }
    }
    for (slot, location) in copies {
      guard let source = places[slot], source.base != .fixed else { return false }
      appendCopy(source, location, width(slot))
    }
    return true
  }

  private var partCopies: [Int: [(part: Int32, location: Location)]] = [:]

  private func scratch(_ slot: Int32) -> Location {
    let location = Location(base: .scratch, index: Int32(scratchCount), rowStride: Int32(width(slot)))
    // Rows begin at multiples of 64 bytes where their size allows.
    scratchCount += (rows * width(slot) + 15) / 16 * 16
    return location
  }

  private func view(_ operation: Operation, _ places: [Int32: Location]) -> Location? {
    let storage = body.storage
    guard let operand = storage.operands(operation).first, var location = places[operand] else { return nil }
    let shape = storage.slots[Int(operand)].shape
    let result = storage.slots[Int(operation.firstResult)].shape
    if storage.isA(SlicePrimitive.shared, operation) {
      let integers = Array(storage.integers(operation))
      guard location.base != .fixed, shape.rank == 2, integers[0] == 1 else { return nil }
      location.column += Int32(integers[1])
      return location
    }
    if location.base == .fixed { return storage.isA(DetachPrimitive.shared, operation) ? location : nil }
    guard result.first == rows, shape.first == rows else { return nil }
    return location
  }

  private func append(_ location: Location, columnStride: Int = 1) {
    locations.append(location)
    columnStrides.append(Int32(columnStride))
  }

  private func appendCopy(_ source: Location, _ target: Location, _ columns: Int) {
    instructions.append(
      Instruction(kind: .copy, firstLocation: Int32(locations.count), locationCount: 2, columns: Int32(columns)))
    append(source)
    append(target)
  }

  private func appendProduct(_ operation: Operation, _ places: inout [Int32: Location]) -> Bool {
    let storage = body.storage
    let operands = Array(storage.operands(operation))
    let integers = Array(storage.integers(operation))
    guard let left = places[operands[0]], left.base != .fixed, let right = places[operands[1]], right.base == .fixed,
      right.column == 0, integers[0] == 0, storage.slots[Int(operands[0])].shape.rank == 2
    else { return false }
    let weights = storage.slots[Int(operands[1])].shape
    let result = operation.firstResult
    let target = places[result] ?? scratch(result)
    places[result] = target
    let k = width(operands[0])
    let n = width(result)
    var packedIndex = packed.firstIndex { $0.operand == right.index && $0.isTransposed == (integers[1] != 0) }
    if packedIndex == nil {
      packedIndex = packed.count
      packed.append(Packed(operand: right.index, isTransposed: integers[1] != 0, k: Int32(k), n: Int32(n)))
    }
    guard weights.rank == 2, let packedIndex else { return false }
    if operands.count == 3 {
      guard var bias = places[operands[2]] else { return false }
      if bias.base == .fixed, storage.slots[Int(operands[2])].shape.rank == 2 { bias.rowStride = Int32(n) }
      instructions.append(
        Instruction(
          kind: .product, firstLocation: Int32(locations.count), locationCount: 3, columns: Int32(n), depth: Int32(k),
          packed: Int32(packedIndex)))
      append(left)
      append(target)
      append(bias)
    } else {
      instructions.append(
        Instruction(
          kind: .product, firstLocation: Int32(locations.count), locationCount: 2, columns: Int32(n), depth: Int32(k),
          packed: Int32(packedIndex)))
      append(left)
      append(target)
    }
    return true
  }

  private func appendPointwise(_ operation: Operation, _ places: inout [Int32: Location]) -> Bool {
    let storage = body.storage
    guard let program = storage.pointwiseProgram(operation) else { return false }
    let shape = storage.slots[Int(operation.firstResult)].shape
    guard shape.first == rows else { return false }
    let columns = shape.count / rows
    let first = locations.count
    for slot in storage.operands(operation) {
      guard var location = places[slot] else { return false }
      let own = storage.slots[Int(slot)].shape
      var columnStride = 1
      if location.base == .fixed {
        if own.count == 1 {
          columnStride = 0
        } else if own == shape {
          location.rowStride = Int32(columns)
        } else if own.count == columns, own.rank < shape.rank || own.first == 1 {
          location.rowStride = 0
        } else {
          return false
        }
      } else if own.rank == 0 {
        columnStride = 0
      } else if own != shape {
        guard own.first == rows, own.count == rows, own.rank == shape.rank else { return false }
        columnStride = 0
      }
      append(location, columnStride: columnStride)
    }
    for slot in storage.results(operation) {
      let location = places[slot] ?? scratch(slot)
      places[slot] = location
      append(location)
    }
    let entry = table.entry(for: .passUnretained(program))
    instructions.append(
      Instruction(
        kind: .pointwise, firstLocation: Int32(first), locationCount: Int32(locations.count - first),
        columns: Int32(columns), kernel: table.entries[entry].kernel, firstScalar: Int32(scalars.count),
        scalarCount: operation.scalarCount,
        isFlat: (first..<locations.count).allSatisfy { place in
          columnStrides[place] == 1 && (rows == 1 || Int(locations[place].rowStride) == columns)
        }))
    scalars += storage.scalars(operation)
    return true
  }
}
