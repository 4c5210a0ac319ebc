import DenseArrays
import Foundation
import Layers
import Testing

@Suite("Sparse and echo-state initialisation")
struct SparseInitializerTests {
  @Test("each row has the given number of weights, at places of its own")
  func sparse() {
    var random = RandomSource(seed: 1)
    let matrix = Initializer.sparse(connections: 15, standardDeviation: 2)([100, 100], .float64, using: &random)
    var places: Set<[Int]> = []
    for row in 0..<100 {
      let found = (0..<100).filter { matrix[row, $0] != 0 }
      #expect(found.count == 15)
      places.insert(found)
    }
    #expect(places.count == 100)
    let squares = matrix.elements.reduce(0) { $0 + $1 * $1 } / 1_500
    // The variance of 1500 normal numbers' mean square is 2 sigma^4 / 1500: 4 +- 5 * 0.15.
    #expect(abs(squares - 4) < 0.75)
    let narrow = Initializer.sparse()([3, 2], .float64, using: &random)
    #expect(narrow.elements.allSatisfy { $0 != 0 })
  }

  @Test("matrices are scaled to their largest eigenvalue's magnitude, complex ones too")
  func radius() {
    var random = RandomSource(seed: 1)
    func fixed(_ values: [Double]) -> Initializer {
      Initializer("fixed") { shape, _ in DenseArray(values, shape: shape) }
    }
    // Eigenvalues 2 and -3; 3 +- 4i; 0.5 twice, in a Jordan block.
    for (values, radius) in [([2, 7, 0, -3], 3.0), ([3, -4, 4, 3], 5), ([0.5, 1, 0, 0.5], 0.5)] as [([Double], Double)]
    {
      let scaled = fixed(values).scaled(toSpectralRadius: 1.1)([2, 2], .float64, using: &random).elements
      for (found, value) in zip(scaled, values) { #expect(abs(found - value * 1.1 / radius) < 1e-9) }
    }
    // Symmetric: the radius is the norm, which power iteration finds.
    let symmetric = Initializer("symmetric") { shape, random in
      let a = DenseArray.normal(shape, .float64, using: &random)
      return DenseArray((0..<400).map { a[$0 / 20, $0 % 20] + a[$0 % 20, $0 / 20] }, shape: shape)
    }
    let matrix = symmetric.scaled(toSpectralRadius: 1.1)([20, 20], .float64, using: &random)
    var vector = (0..<20).map { Double($0 % 3) + 1 }
    var size = 0.0
    for _ in 0..<20_000 {
      let image = (0..<20).map { row in (0..<20).reduce(0) { $0 + matrix[row, $1] * vector[$1] } }
      size = image.reduce(0) { $0 + $1 * $1 }.squareRoot()
      vector = image.map { $0 / size }
    }
    #expect(abs(size - 1.1) < 1e-6)
  }
}
