internal import CKernels

/// A contiguous, row-major array of numbers whose element type is known at run time.
///
///     let weights = DenseArray([[1, 2], [3, 4]] as [[Float]])
///     weights.shape        // [2, 2]
///     weights[1, 0]        // 3.0
///
/// Row-major: the index of the innermost (last) axis runs fastest, so that element [i, j] of shape [m, n] is number
/// i n + j of `elements` and of every Swift array or buffer that the array is made from or read into.
///
/// A value type with copy-on-write: copies share memory until one of them is changed. A slice along the first axis is a
/// view that shares memory too.
public struct DenseArray: Sendable {
  /// The sizes of the axes.
  public let shape: Shape
  /// The type of the elements.
  public let scalarType: ScalarType
  package var storage: DenseStorage
  package var byteOffset: Int

  /// An array on existing memory.
  package init(shape: Shape, scalarType: ScalarType, storage: DenseStorage, byteOffset: Int = 0) {
    self.shape = shape
    self.scalarType = scalarType
    self.storage = storage
    self.byteOffset = byteOffset
  }

  /// An array whose elements are not set yet; a size in bytes that overflows an `Int` stops.
  package init(uninitialized shape: Shape, _ scalarType: ScalarType) {
    var byteCount = scalarType.byteCount
    if !shape.contains(0) {
      for size in shape {
        let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
        if overflow { stop("DenseArray: shape \(shape) of \(scalarType) has more bytes than can be counted") }
        byteCount = product
      }
    } else {
      byteCount = 0
    }
    self.init(shape: shape, scalarType: scalarType, storage: DenseStorage(byteCount: byteCount))
  }

  /// An array of zeros.
  public init(zeros shape: Shape, _ scalarType: ScalarType = .float32) {
    self.init(uninitialized: shape, scalarType)
    tk_clear(storage.pointer, byteCount)
  }

  /// An array whose elements all have one value; a value that an int32 element cannot hold stops.
  public init(repeating value: Double, shape: Shape, _ scalarType: ScalarType = .float32) {
    self.init(uninitialized: shape, scalarType)
    switch scalarType {
    case .float32: storage.pointer.initializeMemory(as: Float.self, repeating: Float(value), count: count)
    case .float64: storage.pointer.initializeMemory(as: Double.self, repeating: value, count: count)
    case .int32:
      storage.pointer.initializeMemory(
        as: Int32.self, repeating: Int32(exactly: value, in: "DenseArray(repeating:)"), count: count)
    }
  }

  /// An array with the given elements in row-major order; a count that does not fit the shape stops.
  public init<Scalar: DenseScalar>(_ elements: some Collection<Scalar>, shape: Shape) {
    guard elements.count == shape.count else {
      stop("DenseArray: \(elements.count) elements for shape \(shape), which has \(shape.count)")
    }
    self.init(uninitialized: shape, Scalar.scalarType)
    let destination = storage.pointer.bindMemory(to: Scalar.self, capacity: max(shape.count, 1))
    _ = UnsafeMutableBufferPointer(start: destination, count: shape.count).initialize(from: elements)
  }

  /// The number of elements.
  public var count: Int { shape.count }

  /// The size of all elements in bytes.
  public var byteCount: Int { shape.count * scalarType.byteCount }

  /// The first element's address; valid while the array (or its storage) is held and not changed.
  package var pointer: UnsafeMutableRawPointer { storage.pointer + byteOffset }

  /// Calls `body` with the elements, row-major; an element type other than `Scalar` stops.
  public func withUnsafeElements<Scalar: DenseScalar, Result>(
    of type: Scalar.Type, _ body: (UnsafeBufferPointer<Scalar>) throws -> Result
  ) rethrows -> Result {
    guard type.scalarType == scalarType else { stop("DenseArray: elements are \(scalarType), not \(type.scalarType)") }
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeBufferPointer(start: pointer.assumingMemoryBound(to: Scalar.self), count: count))
  }

  /// Calls `body` with the elements to be changed, row-major; an element type other than `Scalar` stops.
  ///
  /// Memory shared with other arrays is copied first.
  public mutating func withUnsafeMutableElements<Scalar: DenseScalar, Result>(
    of type: Scalar.Type, _ body: (UnsafeMutableBufferPointer<Scalar>) throws -> Result
  ) rethrows -> Result {
    guard type.scalarType == scalarType else { stop("DenseArray: elements are \(scalarType), not \(type.scalarType)") }
    makeUnique()
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeMutableBufferPointer(start: pointer.assumingMemoryBound(to: Scalar.self), count: count))
  }

  /// Copies shared memory and marks the bytes as changed.
  package mutating func makeUnique() {
    if isKnownUniquelyReferenced(&storage) {
      storage.version &+= 1
    } else {
      let copy = DenseStorage(byteCount: byteCount)
      copy.pointer.copyMemory(from: pointer, byteCount: byteCount)
      storage = copy
      byteOffset = 0
    }
  }

  /// The same elements in another shape, sharing memory; a different number of elements stops.
  public func reshaped(to newShape: Shape) -> DenseArray {
    guard newShape.count == count else {
      stop("DenseArray.reshaped: \(shape) has \(count) elements and \(newShape) has \(newShape.count)")
    }
    return DenseArray(shape: newShape, scalarType: scalarType, storage: storage, byteOffset: byteOffset)
  }

  /// Rows `range` of the first axis, sharing memory; a range outside of it stops.
  public func slice(_ range: Range<Int>) -> DenseArray {
    guard shape.rank > 0, range.lowerBound >= 0, range.upperBound <= shape[0] else {
      stop("DenseArray.slice: rows \(range) of shape \(shape)")
    }
    var newShape = shape
    newShape[0] = range.count
    let rowBytes = shape.dropFirst.count * scalarType.byteCount
    return DenseArray(
      shape: newShape, scalarType: scalarType, storage: storage, byteOffset: byteOffset + range.lowerBound * rowBytes)
  }

  /// Row `index` of the first axis, without that axis, sharing memory; an index outside of it stops.
  public func row(_ index: Int) -> DenseArray {
    guard shape.rank > 0, index >= 0, index < shape[0] else {
      stop("DenseArray.row: row \(index) of shape \(shape)")
    }
    return slice(index..<index + 1).reshaped(to: shape.dropFirst)
  }
}
