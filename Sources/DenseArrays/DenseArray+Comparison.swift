internal import CKernels

extension DenseArray: Equatable {
  /// Whether two arrays have the same shape, element type and numbers.
  ///
  /// Elements are compared as Swift compares numbers: 0 equals -0, and NaN equals nothing, so that an array with a NaN
  /// does not equal itself. `isBitIdentical(to:)` compares the bits instead.
  public static func == (first: DenseArray, second: DenseArray) -> Bool {
    func areEqual<Scalar: DenseScalar & Equatable>(_ type: Scalar.Type) -> Bool {
      first.withUnsafeElements(of: type) { a in second.withUnsafeElements(of: type) { b in a.elementsEqual(b) } }
    }
    guard first.shape == second.shape, first.scalarType == second.scalarType else { return false }
    switch first.scalarType {
    case .float32: return areEqual(Float.self)
    case .float64: return areEqual(Double.self)
    case .int32: return areEqual(Int32.self)
    }
  }

  /// Whether two arrays have the same shape, element type and bits: 0 differs from -0, a NaN equals its copy.
  public func isBitIdentical(to other: DenseArray) -> Bool {
    guard shape == other.shape, scalarType == other.scalarType else { return false }
    defer {
      withExtendedLifetime(storage) {}
      withExtendedLifetime(other.storage) {}
    }
    return tk_same_bytes(pointer, other.pointer, byteCount)
  }

  /// Whether all elements satisfy |a - b| <= tolerance (1 + |a| + |b|), or are equal infinities.
  ///
  /// Computed in double precision; element types may differ. Different shapes are not close, and a NaN is close to
  /// nothing.
  public func isClose(to other: DenseArray, tolerance: Double) -> Bool {
    guard shape == other.shape else { return false }
    for index in 0..<count {
      let (a, b) = (element(index), other.element(index))
      let isNear = abs(a - b) <= tolerance * (1 + abs(a) + abs(b)) && a.isFinite && b.isFinite
      guard a == b || isNear else { return false }
    }
    return true
  }

  /// The largest |a - b| over all elements, in double precision; element types may differ, different shapes stop.
  ///
  /// Equal infinities do not differ; a NaN on either side gives NaN; empty arrays give 0.
  public func maximumDifference(from other: DenseArray) -> Double {
    guard shape == other.shape else {
      stop("DenseArray.maximumDifference: shapes \(shape) and \(other.shape)")
    }
    var maximum = 0.0
    for index in 0..<count {
      let (a, b) = (element(index), other.element(index))
      if a == b { continue }
      let difference = abs(a - b)
      if difference.isNaN { return .nan }
      maximum = max(maximum, difference)
    }
    return maximum
  }
}
