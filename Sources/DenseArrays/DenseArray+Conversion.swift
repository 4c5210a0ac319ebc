extension DenseArray {
  /// The same numbers with another element type; the array itself, sharing memory, when it has that type already.
  ///
  /// To float32, numbers are rounded to nearest and those too large become infinite. To int32, a number that is not an
  /// int32 exactly stops.
  public func converted(to newType: ScalarType) -> DenseArray {
    switch (scalarType, newType) {
    case (.float32, .float32), (.float64, .float64), (.int32, .int32): self
    case (.float32, .float64): mapped { (element: Float) in Double(element) }
    case (.float64, .float32): mapped { (element: Double) in Float(element) }
    case (.int32, .float32): mapped { (element: Int32) in Float(element) }
    case (.int32, .float64): mapped { (element: Int32) in Double(element) }
    case (.float32, .int32): mapped { (element: Float) in Int32(exactly: Double(element), in: "DenseArray.converted") }
    case (.float64, .int32): mapped { (element: Double) in Int32(exactly: element, in: "DenseArray.converted") }
    }
  }

  private func mapped<Old: DenseScalar, New: DenseScalar>(_ convert: (Old) -> New) -> DenseArray {
    let result = DenseArray(uninitialized: shape, New.scalarType)
    let destination = result.pointer.assumingMemoryBound(to: New.self)
    withUnsafeElements(of: Old.self) { elements in
      for index in elements.indices { destination[index] = convert(elements[index]) }
    }
    return result
  }
}

extension Int32 {
  /// The integer that a number is; a number that is none stops with the operation's name.
  init(exactly value: Double, in operation: @autoclosure () -> String) {
    guard let integer = Int32(exactly: value) else {
      stop("\(operation()): \(value) is not an integer that int32 can hold")
    }
    self = integer
  }
}
