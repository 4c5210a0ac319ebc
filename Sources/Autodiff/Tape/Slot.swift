internal import DenseArrays

/// A value of a recording: what a `Variable` refers to.
struct Slot: BitwiseCopyable {
  struct Flags: OptionSet, BitwiseCopyable {
    let rawValue: UInt8
    /// The slot owns its block of the arena.
    static let owned = Flags(rawValue: 1)
    /// The value depends on a leaf that can have a gradient.
    static let differentiable = Flags(rawValue: 2)
    /// A leaf that outlives the recording: its packed form is worth keeping.
    static let persistent = Flags(rawValue: 4)
    /// The slot was the right operand of a product before.
    static let multiplied = Flags(rawValue: 8)
  }

  var shape: Shape
  var scalarType: ScalarType
  var flags: Flags
  /// The block's class when `owned`.
  var sizeClass: Arena.SizeClass = 0
  /// The operation that made it, or -1 for a leaf.
  var producer: Int32
  /// The first packed form of the value, or -1.
  var firstPacked: Int32 = -1
  /// The elements, or nil in a symbolic recording and while the value is postponed.
  var pointer: UnsafeMutableRawPointer?

  @inline(__always)
  var byteCount: Int { shape.count &* scalarType.byteCount }
}

/// An operation of a recording: a primitive, ranges of the recording's flat arrays, and no closure.
struct Operation: BitwiseCopyable {
  var primitive: Unmanaged<Primitive>
  /// What the primitive needs beyond numbers (a pointwise program, a nested program); kept alive by the tape.
  var body: Unmanaged<AnyObject>?
  var firstOperand: Int32
  var operandCount: Int32
  var firstResult: Int32
  var resultCount: Int32
  var firstInteger: Int32
  var integerCount: Int32
  var firstScalar: Int32
  var scalarCount: Int32
  var scope: Int32
  /// For a pointwise operation: its program's entry in the tape's table, or -1.
  var pointwiseEntry: Int32 = -1
}
