internal import DenseArrays

/// Arithmetic on arrays like the parameters, in double precision.
extension DenseArray {
  /// The function of each element, in the array's type.
  func mapped(_ function: (Double) -> Double) -> DenseArray {
    DenseArray(elements.map(function), shape: shape).converted(to: scalarType)
  }

  /// The function of each pair of elements, in this array's type.
  func combined(with other: DenseArray, _ function: (Double, Double) -> Double) -> DenseArray {
    DenseArray(zip(elements, other.elements).map(function), shape: shape).converted(to: scalarType)
  }

  /// Each element times a factor, in the array's type.
  func scaled(by factor: Double) -> DenseArray {
    var result = self
    if scalarType == .float64 {
      result.withUnsafeMutableElements(of: Double.self) { elements in
        for index in elements.indices { elements[index] *= factor }
      }
    } else {
      let factor = Float(factor)
      result.withUnsafeMutableElements(of: Float.self) { elements in
        for index in elements.indices { elements[index] *= factor }
      }
    }
    return result
  }
}
