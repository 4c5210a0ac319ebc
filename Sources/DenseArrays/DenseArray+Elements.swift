extension DenseArray {
  /// All elements as `Double`, row-major; exact for every element type.
  public var elements: [Double] {
    func widened<Scalar: DenseScalar>(_ convert: (Scalar) -> Double) -> [Double] {
      withUnsafeElements(of: Scalar.self) { $0.map(convert) }
    }
    switch scalarType {
    case .float32: return widened { (element: Float) in Double(element) }
    case .float64: return toArray(of: Double.self)
    case .int32: return widened { (element: Int32) in Double(element) }
    }
  }

  /// All elements as a Swift array, row-major; an element type other than `Scalar` stops.
  public func toArray<Scalar: DenseScalar>(of type: Scalar.Type) -> [Scalar] {
    withUnsafeElements(of: type) { Array($0) }
  }

  /// The only element; a count other than one stops.
  public var item: Double {
    guard count == 1 else { stop("DenseArray.item: shape \(shape) has \(count) elements, not one") }
    return element(0)
  }

  /// One element, by an index for each axis.
  ///
  /// A wrong number of indices and an index outside of its axis stop, and so does setting an int32 element to a number
  /// that it cannot hold. Setting copies shared memory first. For a look at single elements; loops over many go through
  /// `withUnsafeElements(of:_:)` and `withUnsafeMutableElements(of:_:)`.
  public subscript(_ indices: Int...) -> Double {
    get { element(offset(indices)) }
    set {
      let offset = offset(indices)
      makeUnique()
      switch scalarType {
      case .float32: pointer.storeBytes(of: Float(newValue), toByteOffset: 4 * offset, as: Float.self)
      case .float64: pointer.storeBytes(of: newValue, toByteOffset: 8 * offset, as: Double.self)
      case .int32:
        let value = Int32(exactly: newValue, in: "DenseArray.subscript")
        pointer.storeBytes(of: value, toByteOffset: 4 * offset, as: Int32.self)
      }
    }
  }

  /// The element with a given row-major number, which is not checked.
  func element(_ offset: Int) -> Double {
    defer { withExtendedLifetime(storage) {} }
    switch scalarType {
    case .float32: return Double(pointer.load(fromByteOffset: 4 * offset, as: Float.self))
    case .float64: return pointer.load(fromByteOffset: 8 * offset, as: Double.self)
    case .int32: return Double(pointer.load(fromByteOffset: 4 * offset, as: Int32.self))
    }
  }

  private func offset(_ indices: [Int]) -> Int {
    guard indices.count == shape.rank else {
      let noun = indices.count == 1 ? "index" : "indices"
      stop("DenseArray.subscript: \(indices.count) \(noun) for shape \(shape), which has \(shape.rank) axes")
    }
    var offset = 0
    for (size, index) in zip(shape, indices) {
      guard index >= 0, index < size else { stop("DenseArray.subscript: index \(indices) of shape \(shape)") }
      offset = offset * size + index
    }
    return offset
  }
}
