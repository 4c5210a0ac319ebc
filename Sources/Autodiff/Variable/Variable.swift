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
    guard generation == tape.core.pointee.generation else { stop("Variable: belongs to an earlier recording of its tape") }
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

  /// A copy of the numbers; in a symbolic recording, which has none, this stops.
  public var value: DenseArray {
    let entry = entry
    tape.valueWasRead = true
    guard let pointer = entry.pointer else {
      stop("Variable.value: a symbolic recording has shapes and types and no values\(tape.scopeSuffix)")
    }
    let array = DenseArray(uninitialized: entry.shape, entry.scalarType)
    array.pointer.copyMemory(from: pointer, byteCount: entry.byteCount)
    return array
  }

  /// The only element of a variable that has one; any other count stops.
  public var item: Double {
    let entry = entry
    tape.valueWasRead = true
    guard entry.shape.count == 1, let pointer = entry.pointer else {
      stop("Variable.item: a variable of shape \(entry.shape) without exactly one known element")
    }
    switch entry.scalarType {
    case .float32: return Double(pointer.load(as: Float.self))
    case .float64: return pointer.load(as: Double.self)
    case .int32: return Double(pointer.load(as: Int32.self))
    }
  }

  /// Names the value in printed programs, graphs and reports, and returns it.
  @discardableResult
  public func named(_ name: String) -> Variable {
    tape.valueNames[slot] = name
    return self
  }
}
