internal import DenseArrays

extension Initializer {
  /// A random matrix with orthonormal rows or columns, whichever are fewer, times `gain`.
  ///
  /// Uniform over all such matrices: the Q of the QR decomposition, with a positive diagonal of R, of a matrix of normal
  /// numbers (Saxe et al. 2014; Stewart 1980). Axes after the second count as columns; a shape with less than two axes
  /// stops. Costs 4 r^2 c operations for r <= c of rows and columns.
  public static func orthogonal(gain: Double = 1) -> Initializer {
    Initializer("orthogonal(\(gain))") { shape, random in
      guard shape.rank >= 2 else { stop("Initializer.orthogonal: a matrix is expected, not shape \(shape)") }
      let rows = shape[0]
      let columns = shape.count(of: 1..<shape.rank)
      let count = min(rows, columns)
      let length = max(rows, columns)
      var vectors = DenseArray.normal([count, length], .float64, using: &random)
      vectors.withUnsafeMutableElements(of: Double.self) { vectors in
        orthonormalize(vectors, count: count, length: length)
      }
      var result = DenseArray(zeros: shape, .float64)
      result.withUnsafeMutableElements(of: Double.self) { result in
        vectors.withUnsafeElements(of: Double.self) { vectors in
          for vector in 0..<count {
            for index in 0..<length {
              let position = rows <= columns ? vector * columns + index : index * columns + vector
              result[position] = gain * vectors[vector * length + index]
            }
          }
        }
      }
      return result
    }
  }

  /// Makes the rows of [count, length] orthonormal, each in the span of itself and those before it.
  ///
  /// Gram and Schmidt's way, with every projection taken off twice: the second pass removes what rounding left in the
  /// first, which brings the products of different rows down to the rounding of one product (Giraud et al. 2005).
  private static func orthonormalize(_ rows: UnsafeMutableBufferPointer<Double>, count: Int, length: Int) {
    guard let start = rows.baseAddress else { return }
    for index in 0..<count {
      let row = start + index * length
      for _ in 0..<2 {
        for earlier in 0..<index {
          let other = start + earlier * length
          let projection = dot(row, other, length)
          for position in 0..<length { row[position] -= projection * other[position] }
        }
      }
      let scale = 1 / dot(row, row, length).squareRoot()
      for position in 0..<length { row[position] *= scale }
    }
  }

  /// The sum of products, in four interleaved parts so that they do not wait for each other.
  private static func dot(_ first: UnsafePointer<Double>, _ second: UnsafePointer<Double>, _ count: Int) -> Double {
    var sums = SIMD4<Double>.zero
    var index = 0
    while index + 4 <= count {
      sums +=
        SIMD4(first[index], first[index + 1], first[index + 2], first[index + 3])
        * SIMD4(second[index], second[index + 1], second[index + 2], second[index + 3])
      index += 4
    }
    var sum = sums.sum()
    while index < count {
      sum += first[index] * second[index]
      index += 1
    }
    return sum
  }
}
