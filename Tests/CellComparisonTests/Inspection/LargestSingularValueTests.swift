import DenseArrays
import Foundation
import Testing

@testable import CellComparison

@Suite("The largest singular value")
struct LargestSingularValueTests {
  @Test("of matrices that can be told by hand")
  func byHand() {
    let golden = (1 + 5.0.squareRoot()) / 2
    let cases: [(matrix: [Double], columns: Int, value: Double)] = [
      ([3], 1, 3), ([-3], 1, 3), ([1, 0, 0, 1], 2, 1), ([0, 2, 0, 0], 2, 2), ([3, 4], 2, 5), ([3, 4], 1, 5),
      ([1, 1, 0, 1], 2, golden), ([1, 2, 2, 1], 2, 3), ([0, 0, 0, 0], 2, 0), ([], 3, 0),
      ([0.6, -0.8, 0.8, 0.6], 2, 1),
    ]
    for (matrix, columns, value) in cases {
      let found = largestSingularValue(of: matrix, columns: columns)
      #expect(abs(found - value) <= 4e-15 * (1 + value), "\(matrix): \(found)")
    }
  }

  @Test("scales with the matrix, as far as numbers go", arguments: [1e-300, 1e-30, 1, 1e30, 1e300])
  func scaling(scale: Double) {
    let found = largestSingularValue(of: [1, 2, 2, 1].map { $0 * scale }, columns: 2)
    #expect(abs(found / scale - 3) < 1e-14)
  }

  @Test("is not finite where an element is not")
  func notFinite() {
    #expect(largestSingularValue(of: [1, .infinity, 0, 1], columns: 2) == .infinity)
    #expect(largestSingularValue(of: [1, .nan, 0, .infinity], columns: 2).isNaN)
  }

  /// Reflections of a diagonal have its entries as singular values.
  @Test(
    "of large matrices with known singular values, spread out or close together", arguments: [60, 150], [0.5, 1e-6])
  func reflected(size: Int, spread: Double) {
    var random = RandomSource(seed: 5)
    var matrix = [Double](repeating: 0, count: size * size)
    for index in 0..<size { matrix[index * size + index] = 1 - spread * Double(index) / Double(size) }
    for isLeft in [true, false, true, false] {
      let v = DenseArray.normal([size], .float64, using: &random).elements
      let norm = v.reduce(0) { $0 + $1 * $1 }
      var reflected = matrix
      for row in 0..<size {
        for column in 0..<size {
          var sum = 0.0
          for k in 0..<size {
            sum += isLeft ? v[row] * v[k] * matrix[k * size + column] : matrix[row * size + k] * v[k] * v[column]
          }
          reflected[row * size + column] -= 2 / norm * sum
        }
      }
      matrix = reflected
    }
    let found = largestSingularValue(of: matrix, columns: size)
    // 48 of Lanczos's steps: the error is a small part of the distance between neighbours.
    #expect(found <= 1 + 1e-12 && found > 1 - 0.02 * spread, "\(found)")
  }
}
