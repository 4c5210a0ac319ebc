import DenseArrays
import Foundation
import Testing

@Suite("Printing")
struct DescriptionTests {
  @Test(
    "type and shape, then aligned columns",
    arguments: [
      (DenseArray(scalar: 2.5), "float32 []\n2.5"),
      (DenseArray(scalar: -0.0), "float32 []\n-0"),
      (DenseArray(zeros: [0, 3]), "float32 [0, 3]\n[]"),
      (DenseArray([1, 20, -3], .int32), "int32 [3]\n[ 1, 20, -3]"),
      (DenseArray([1, 20, -3], .float32), "float32 [3]\n[ 1, 20, -3]"),
      (DenseArray([0.1, 0.25], .float32), "float32 [2]\n[0.10, 0.25]"),
      (
        DenseArray([[1.5, 2, -0.25], [4, .nan, .infinity]], .float32),
        "float32 [2, 3]\n[[ 1.50,  2.00, -0.25],\n [ 4.00,   nan,   inf]]"
      ),
      (DenseArray([-Double.infinity, 1]), "float64 [2]\n[-inf,    1]"),
      (
        DenseArray([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], .int32),
        "int32 [2, 2, 2]\n[[[1, 2],\n  [3, 4]],\n\n [[5, 6],\n  [7, 8]]]"
      ),
      (DenseArray([1.0 / 3, 200]), "float64 [2]\n[  0.3333, 200.0000]"),
      (DenseArray([0.99999, 0.5]), "float64 [2]\n[1.0000, 0.5000]"),
      (DenseArray([1e-9, -2, 0]), "float64 [3]\n[ 1.0000e-09, -2.0000e+00,  0.0000e+00]"),
      (DenseArray([9.99999e99, 1]), "float64 [2]\n[1.0000e+100,  1.0000e+00]"),
      (DenseArray([2_147_483_647, -2_147_483_648], .int32), "int32 [2]\n[ 2147483647, -2147483648]"),
      (DenseArray([2_000_000, 1]), "float64 [2]\n[2000000,       1]"),
      (DenseArray([2_000_000.5, 1]), "float64 [2]\n[2.0000e+06, 1.0000e+00]"),
      (DenseArray([Double.nan, .nan]), "float64 [2]\n[nan, nan]"),
    ] as [(DenseArray, String)])
  func layout(array: DenseArray, expected: String) {
    #expect(array.description == expected)
  }

  @Test("decimals are rounded as by the C library", arguments: [0, 1, 4, 9, 17])
  func decimals(decimals: Int) throws {
    var random = RandomSource(seed: 6)
    for number in DenseArray.uniform([500], in: 1..<1000, .float64, using: &random).elements {
      let text = DenseArray([number, 1 + 1e-15]).formatted(decimals: decimals)
      let first = try #require(text.split(separator: "[").last?.split(separator: ",").first)
      let library = String(format: "%.*f", decimals, number)
      // The digits kept are those of the shortest text that names the number, at most 16 or 17 of them.
      let printed = try #require(Double(first.trimmingCharacters(in: .whitespaces)))
      let expected = try #require(Double(library))
      #expect(abs(printed - expected) <= max(abs(number) * 0x1p-52, decimals > 12 ? 1e-12 : 0), "\(number) as \(text)")
    }
  }

  @Test("large arrays show three of each end of an axis")
  func elision() {
    let vector = DenseArray(Array(0..<2000).map(Int32.init), shape: [2000])
    #expect(vector.description == "int32 [2000]\n[   0,    1,    2, ..., 1997, 1998, 1999]")
    let matrix = DenseArray(Array(0..<1200).map(Int32.init), shape: [4, 300])
    #expect(
      matrix.description == """
        int32 [4, 300]
        [[   0,    1,    2, ...,  297,  298,  299],
         [ 300,  301,  302, ...,  597,  598,  599],
         [ 600,  601,  602, ...,  897,  898,  899],
         [ 900,  901,  902, ..., 1197, 1198, 1199]]
        """)
    let tall = DenseArray(zeros: [1001, 1], .int32)
    #expect(tall.description == "int32 [1001, 1]\n[[0],\n [0],\n [0],\n ...,\n [0],\n [0],\n [0]]")
    #expect(vector.formatted(maximumCount: .max).contains("999, 1000"))
  }

  @Test("long rows are broken into lines of about 100 characters, and nothing is lost")
  func lineBreaks() {
    let text = DenseArray(Array(0..<300).map(Int32.init), shape: [2, 150]).description
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 103 })
    let numbers = text.split(separator: "\n").dropFirst().joined().split { !$0.isNumber }.compactMap { Int($0) }
    #expect(numbers == Array(0..<300))
  }
}
