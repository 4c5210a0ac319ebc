internal import CKernels
internal import DenseArrays

/// What a tape does with the operations that reach it.
enum RecordingMode: UInt8, BitwiseCopyable {
  /// Runs and records them.
  case recorded
  /// Records them without values.
  case symbolic
  /// Runs them and records nothing.
  case valuesOnly
}

/// A packed form of a slot's value, as the right operand of products.
struct PackedOperand: BitwiseCopyable {
  var form: tk_product_form
  var transposed: Bool
  var pointer: UnsafeMutableRawPointer
  var next: Int32
}

/// A link in the table of scopes: a name, a time step or -1, and the scope around it.
struct Scope: BitwiseCopyable {
  var name: Int32
  var step: Int32
  var parent: Int32
}

/// The flat arrays of a recording, reached through a pointer so that no access is checked or counted.
struct TapeCore {
  var slots = GrowableBuffer<Slot>(minimumCapacity: 1024)
  var operations = GrowableBuffer<Operation>(minimumCapacity: 1024)
  var operandSlots = GrowableBuffer<Int32>(minimumCapacity: 4096)
  var integers = GrowableBuffer<Int>(minimumCapacity: 1024)
  var scalars = GrowableBuffer<Double>(minimumCapacity: 1024)
  var packed = GrowableBuffer<PackedOperand>()
  var scopes = GrowableBuffer<Scope>()
  var arena = Arena()
  var pointwise = PointwiseTable()
  /// Where the operands and results of an elementwise operation are while it runs.
  var operands = GrowableBuffer<tk_operand>()
  /// The tape itself, which outlives its core.
  let tape: Unmanaged<Tape>
  let pointwisePrimitive: Unmanaged<Primitive> = .passUnretained(PointwisePrimitive.shared)
  let sweep: UnsafeMutablePointer<SweepState>
  var generation: UInt32 = 1
  /// The recording of the tape around this one that values were taken of.
  var parentGeneration: UInt32 = 0
  var mode: RecordingMode = .recorded
  /// The recording can be appended to and differentiated; false once a plain sweep has consumed it.
  var isOpen = true
  /// Matrix products are recorded without their values, which are made when something reads them.
  var postponesProducts = false
  /// Some values of the recording may not have been made yet.
  var hasPostponed = false
  /// A sweep is running after which the recording is not read again.
  var isConsuming = false
  /// The tape of a step or a checkpointed function that is being recorded: operations on this tape's values go there.
  var innerRecording: Unmanaged<Tape>?
  var currentScope: Int32 = -1
  /// The value whose cotangent a reverse sweep is at, or -1; for reports.
  var reversedSlot: Int32 = -1
  var detectsNonFinite = false
  var kernels: OpaquePointer
  var threads: Int
  let scopeNames: Unmanaged<NameTable>
  let packedParameters: Unmanaged<PackedParameters>
  /// The slots that the recording keeps; later ones belong to a running sweep.
  var keptSlotCount: Int = Int.max

  init(tape: Tape, kernels: OpaquePointer, threads: Int) {
    self.tape = .passUnretained(tape)
    sweep = .allocate(capacity: 1)
    sweep.initialize(to: SweepState())
    self.kernels = kernels
    self.threads = threads
    scopeNames = .passRetained(NameTable())
    packedParameters = .passRetained(PackedParameters())
  }

  mutating func deallocate() {
    slots.deallocate()
    operations.deallocate()
    operandSlots.deallocate()
    integers.deallocate()
    scalars.deallocate()
    packed.deallocate()
    scopes.deallocate()
    arena.deallocate()
    pointwise.deallocate()
    operands.deallocate()
    sweep.pointee.deallocate()
    sweep.deinitialize(count: 1)
    sweep.deallocate()
    scopeNames.release()
    packedParameters.release()
  }

  /// Whether a packed form of the slot's value can be kept with it.
  @inline(__always)
  func keepsPacked(_ slot: Int32) -> Bool { Int(slot) < keptSlotCount }

  /// "lstm0, step 17": the scopes from the outermost in.
  func scopeDescription(_ scope: Int32) -> String {
    var parts: [String] = []
    var index = scope
    while index >= 0 {
      let entry = scopes[index]
      let name = scopeNames.takeUnretainedValue().name(entry.name)
      parts.append(entry.step >= 0 ? "\(name), step \(entry.step)" : name)
      index = entry.parent
    }
    return parts.reversed().joined(separator: ", ")
  }

  /// What ends a message about something in a scope; nothing outside of all scopes.
  func scopeSuffix(_ scope: Int32) -> String {
    let scope = scopeDescription(scope)
    return scope.isEmpty ? "" : " (in \(scope))"
  }

  /// The innermost time step around a scope, if any.
  func step(of scope: Int32) -> Int? {
    var index = scope
    while index >= 0 {
      if scopes[index].step >= 0 { return Int(scopes[index].step) }
      index = scopes[index].parent
    }
    return nil
  }

  /// Gives a slot a block of the arena.
  @inline(__always)
  mutating func allocate(_ slot: Int) {
    let entry = slots.base + slot
    if entry.pointee.shape.hasLongAxis { checkSize(entry) }
    let sizeClass = Arena.sizeClass(for: entry.pointee.byteCount)
    entry.pointee.pointer = arena.allocate(sizeClass)
    entry.pointee.sizeClass = sizeClass
    entry.pointee.flags.insert(.owned)
  }

  /// Stops for a value of more bytes than any process has.
  @inline(never)
  private mutating func checkSize(_ entry: UnsafeMutablePointer<Slot>) {
    let (scalarType, shape) = (entry.pointee.scalarType, entry.pointee.shape)
    let byteCount = shape.reduce(Double(scalarType.byteCount)) { $0 * Double($1) }
    if byteCount > Double(Arena.largestRequest) {
      stop("Tape: \(scalarType) \(shape) has more bytes than memory can hold\(scopeSuffix(currentScope))")
    }
  }

  /// Releases the blocks of the slots from `slotCount` on and forgets them.
  @inline(__always)
  mutating func discardSlots(from slotCount: Int) {
    var index = slotCount
    while index < slots.count {
      let entry = slots.base + index
      if entry.pointee.flags.contains(.owned), let pointer = entry.pointee.pointer {
        arena.release(pointer, entry.pointee.sizeClass)
      }
      index &+= 1
    }
    slots.truncate(to: slotCount)
  }
}

/// Interned names of scopes and values.
final class NameTable {
  private var names: [String] = []
  private var numbers: [String: Int32] = [:]

  func number(_ name: String) -> Int32 {
    if let number = numbers[name] { return number }
    let number = Int32(names.count)
    names.append(name)
    numbers[name] = number
    return number
  }

  func name(_ number: Int32) -> String { names[Int(number)] }
}
