internal import DenseArrays

/// The cotangent of a slot while a reverse sweep collects it.
struct Accumulator: BitwiseCopyable {
  /// In a recorded or symbolic sweep: the variable that holds the sum so far, or -1.
  var slot: Int32 = -1
  /// In a plain sweep: the sum so far, or nil.
  var pointer: UnsafeMutableRawPointer?
  var sizeClass: Arena.SizeClass = 0
  /// The sum so far is one number, of shape [], that stands for all elements.
  var isUniform = false
  /// Contributions that wait until the sweep reaches the slot's producer, newest first; -1 when there are none.
  var firstDeferred: Int32 = -1

  var isEmpty: Bool { slot < 0 && pointer == nil && firstDeferred < 0 }
}

/// A contribution that waits: a product for a weight, or, in a recorded sweep, a region of a larger array.
struct Deferred: BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    /// left^T delta
    case product
    /// delta^T left
    case transposedProduct
    /// delta, at a position along an axis
    case region
  }

  var kind: Kind
  /// The left operand of the forward product: a slot of the forward recording. For a region: the axis.
  var left: Int32
  /// For a region: the position along the axis.
  var start: Int32 = 0
  /// In a recorded or symbolic sweep: the delta's slot.
  var deltaSlot: Int32 = -1
  /// In a plain sweep: the delta's block.
  var deltaPointer: UnsafeMutableRawPointer?
  var deltaClass: Arena.SizeClass = 0
  var deltaShape: Shape
  var next: Int32
}

/// A contribution that a rule has pushed and that is added once the rule has returned.
struct Push: BitwiseCopyable {
  enum Kind: UInt8, BitwiseCopyable {
    case whole
    case region
    case product
    case transposedProduct
    case scatter
  }

  var kind: Kind
  var target: Int32
  var source: Int32
  /// Region: axis. Product: the left operand's slot. Scatter: the indices' slot.
  var argument: Int32 = -1
  /// Region: the position along the axis.
  var start: Int32 = 0
}

/// The working memory of sweeps, kept from one to the next.
struct SweepState {
  var accumulators = GrowableBuffer<Accumulator>(minimumCapacity: 1024)
  /// For each slot whether a reverse sweep wants its cotangent: 1, or 2 when it is to be kept.
  var active = GrowableBuffer<UInt8>(minimumCapacity: 1024)
  /// For each slot whether a forward sweep's outputs may be made of it.
  var needed = GrowableBuffer<Bool>(minimumCapacity: 1024)
  var tangents = GrowableBuffer<Int32>(minimumCapacity: 1024)
  var pushes = GrowableBuffer<Push>()
  var deferred = GrowableBuffer<Deferred>()
  /// The variables that hold the current operation's result cotangents, or -1.
  var cotangents = GrowableBuffer<Int32>()

  mutating func deallocate() {
    accumulators.deallocate()
    active.deallocate()
    needed.deallocate()
    tangents.deallocate()
    pushes.deallocate()
    deferred.deallocate()
    cotangents.deallocate()
  }
}
