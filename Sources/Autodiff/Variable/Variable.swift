public import DenseArrays

/// A value of a recording: a shape, a type, and, unless the recording is symbolic, numbers.
///
/// Variables combine with natural operators and functions, with NumPy's broadcasting. A variable of an earlier recording of
/// its tape, or of an unrelated tape, is refused where it is used, with a line that names the operation.
public struct Variable {
  /// The recording that the variable belongs to.
  public let tape: Tape
  let slot: Int32
  let generation: UInt32

  @inline(__always)
  init(tape: Tape, slot: Int32) {
    self.tape = tape
    self.slot = slot
    generation = tape.core.pointee.generation
  }

  @inline(__always)
  var entry: Slot {
    tape.core.pointee.slots[tape.check(self, "Variable")]
  }

  /// The same, with the value made if it was postponed.
  func entry(withValueFor operation: String) -> Slot {
    let slot = tape.check(self, operation)
    tape.core.evaluate(slot)
    return tape.core.pointee.slots[slot]
  }

  /// The sizes of the axes.
  public var shape: Shape { entry.shape }

  /// The type of the elements.
  public var scalarType: ScalarType { entry.scalarType }

  /// The number of elements.
  public var count: Int { entry.shape.count }

  /// Whether the value depends on a leaf that can have a gradient.
  public var isDifferentiable: Bool { entry.flags.contains(.differentiable) }

  /// Whether this is the same value of the same recording, and not only one with the same numbers.
  public func isSame(as other: Variable) -> Bool {
    tape === other.tape && slot == other.slot && generation == other.generation
  }

  /// A copy of the numbers.
  ///
  /// A symbolic recording has none, and a sweep that has consumed a recording has let go of its parameters: both stop.
  public var value: DenseArray {
    let entry = entry(withValueFor: "Variable.value")
    tape.valueWasRead = true
    checkReadable(entry, "Variable.value")
    guard let pointer = entry.pointer else {
      if tape.toleratesReading { return DenseArray(zeros: entry.shape, entry.scalarType) }
      stop("Variable.value: a symbolic recording has shapes and types and no values\(tape.scopeSuffix)")
    }
    let array = DenseArray(uninitialized: entry.shape, entry.scalarType)
    array.pointer.copyMemory(from: pointer, byteCount: entry.byteCount)
    return array
  }

  /// The only element of a variable that has one; any other count stops.
  public var item: Double {
    let entry = entry(withValueFor: "Variable.item")
    tape.valueWasRead = true
    checkReadable(entry, "Variable.item")
    if tape.toleratesReading, entry.pointer == nil { return 0 }
    guard entry.shape.count == 1, let pointer = entry.pointer else {
      stop("Variable.item: a variable of shape \(entry.shape) without exactly one known element\(tape.scopeSuffix)")
    }
    switch entry.scalarType {
    case .float32: return Double(pointer.load(as: Float.self))
    case .float64: return pointer.load(as: Double.self)
    case .int32: return Double(pointer.load(as: Int32.self))
    }
  }

  /// Stops for a parameter's value, and for a view of one, when the parameter may have been changed since.
  private func checkReadable(_ entry: Slot, _ operation: String) {
    let core = tape.core
    if core.pointee.isOpen { return }
    var source = entry
    while source.producer >= 0, !source.flags.contains(.owned) {
      let producer = core.pointee.operations[source.producer]
      guard producer.operandCount > 0 else { return }
      source = core.pointee.slots[core.pointee.operandSlots[producer.firstOperand]]
    }
    if source.flags.contains(.persistent) {
      stop("\(operation): a parameter of a recording that a sweep has consumed; read the parameter itself")
    }
  }

  /// Names the value in printed programs, graphs and reports, and returns it.
  ///
  /// A scan can keep named values of all steps and their gradients (`ScanOptions.keeps`): what is returned is to be
  /// computed with from then on.
  @discardableResult
  public func named(_ name: String) -> Variable {
    // A step may name a value that it has from around it.
    let recorder = recorder
    let changed = recorder.activeOverrides?.changed(self, named: name) ?? self
    let value = recorder.stepRecorder?.name(changed, name) ?? changed
    value.tape.valueNames[value.slot] = name
    return value
  }
}
