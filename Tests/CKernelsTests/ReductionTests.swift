import CKernels
import Testing

@Suite struct ReductionTests {
  static let shapes = [
    (0, 3, 2), (3, 0, 4), (3, 2, 0), (1, 1, 1), (5, 1, 1), (4, 7, 1), (35, 100, 1), (1, 5000, 1), (3, 10_001, 1),
    (1, 100_003, 1), (1, 2, 2), (2, 3, 5), (1, 255, 3), (1, 300, 17), (2, 513, 31), (1, 1000, 1025), (6, 40, 130),
    (1, 40_000, 2),
  ]

  func sum<Scalar: KernelScalar>(
    _ kernels: Kernels, _ threads: Int32, _ shape: (Int, Int, Int), _ input: [Scalar], into out: [Scalar],
    accumulate: Bool
  ) -> [Scalar] {
    var out = out
    out.withUnsafeMutableBytes { out in
      input.withUnsafeBytes {
        tk_sum(
          kernels.table, threads, Scalar.kind, shape.0, shape.1, shape.2, $0.baseAddress, out.baseAddress, accumulate)
      }
    }
    return out
  }

  func max<Scalar: KernelScalar>(
    _ kernels: Kernels, _ threads: Int32, _ shape: (Int, Int, Int), _ input: [Scalar]
  ) -> [Scalar] {
    var out = [Scalar](repeating: 0, count: shape.0 * shape.2)
    out.withUnsafeMutableBytes { out in
      input.withUnsafeBytes {
        tk_max(kernels.table, threads, Scalar.kind, shape.0, shape.1, shape.2, $0.baseAddress, out.baseAddress)
      }
    }
    return out
  }

  func checkSums<Scalar: KernelScalar>(_: Scalar.Type, _ kernels: Kernels) {
    for shape in Self.shapes {
      let (outer, count, inner) = shape
      let input: [Scalar] = TestNumbers.array(outer * count * inner, seed: 1)
      let before: [Scalar] = TestNumbers.array(outer * inner, seed: 2)
      let result = sum(kernels, 1, shape, input, into: before, accumulate: false)
      let added = sum(kernels, 1, shape, input, into: before, accumulate: true)
      for threads in [2, 3] as [Int32] {
        #expect(firstDifference(result, sum(kernels, threads, shape, input, into: before, accumulate: false)) == nil)
        #expect(firstDifference(added, sum(kernels, threads, shape, input, into: before, accumulate: true)) == nil)
      }
      for index in result.indices {
        let column = (0..<count).map { Double(input[(index / inner * count + $0) * inner + index % inner]) }
        let exact = column.reduce(0, +)
        // A chain within a chunk has at most 256 links, the chunks and the lanes add some 200 more; magnitudes are below 1/2.
        let tolerance = Double(Swift.min(count, 500)) * Double(Scalar.ulpOfOne) * (1 + Double(count) / 4)
        #expect(abs(Double(result[index]) - exact) <= tolerance, "\(shape) \(index)")
        #expect(abs(Double(added[index]) - exact - Double(before[index])) <= tolerance + Double(Scalar.ulpOfOne))
      }
    }
  }

  @Test(arguments: availableKernels)
  func sumsAreRightWithTheSameBitsForAnyThreadCount(_ kernels: Kernels) {
    checkSums(Float.self, kernels)
    checkSums(Double.self, kernels)
  }

  /// A plain float32 chain over 2^24 ones stops growing; chunks do not.
  @Test(arguments: availableKernels)
  func longSumsKeepTheirAccuracy(_ kernels: Kernels) {
    let count = 20_000_001
    let ones = [Float](repeating: 1, count: count)
    #expect(sum(kernels, 2, (1, count, 1), ones, into: [0], accumulate: false) == [20_000_000])
    let rows = sum(kernels, 2, (1, count / 3, 3), ones, into: [0, 0, 0], accumulate: false)
    #expect(rows == [6_666_667, 6_666_667, 6_666_667])
  }

  func checkMaxima<Scalar: KernelScalar>(_: Scalar.Type, _ kernels: Kernels) {
    for shape in Self.shapes where shape.1 > 0 {
      let (outer, count, inner) = shape
      let input: [Scalar] = TestNumbers.array(outer * count * inner, seed: 3)
      let expected = (0..<outer * inner).map { index in
        (0..<count).map { input[(index / inner * count + $0) * inner + index % inner] }.max()!
      }
      for threads in [1, 2] as [Int32] { #expect(max(kernels, threads, shape, input) == expected, "\(shape)") }
    }
  }

  @Test(arguments: availableKernels)
  func maximaAreExact(_ kernels: Kernels) {
    checkMaxima(Float.self, kernels)
    checkMaxima(Double.self, kernels)
  }

  @Test(arguments: availableKernels)
  func aMaximumIsNotANumberWhenAnyElementIs(_ kernels: Kernels) {
    for shape in [(1, 40, 1), (1, 9000, 1), (1, 40, 3), (1, 600, 40), (2, 7, 1)] {
      let (outer, count, inner) = shape
      for position in Set([0, 1, count / 2, count - 1]) {
        var input: [Float] = TestNumbers.array(outer * count * inner, seed: 4)
        input[position * inner + inner - 1] = .nan
        let result = max(kernels, 1, shape, input)
        for index in result.indices { #expect(result[index].isNaN == (index == inner - 1), "\(shape) \(position)") }
      }
    }
    #expect(max(kernels, 1, (1, 3, 1), [-Float.infinity, -.infinity, -.infinity]) == [-.infinity])
    #expect(max(kernels, 1, (1, 3, 1), [1, Float.infinity, -.infinity]) == [.infinity])
  }

  @Test(arguments: availableKernels)
  func cumulativeSumsRunEitherWay(_ kernels: Kernels) {
    for (outer, count, inner) in [(1, 1, 1), (3, 9, 1), (2, 5, 20), (1, 50, 3), (0, 4, 2), (2, 0, 3)] {
      let input = (0..<outer * count * inner).map { Double($0 % 13 - 6) }
      for reversed in [false, true] {
        var out = [Double](repeating: 99, count: input.count)
        out.withUnsafeMutableBytes { out in
          input.withUnsafeBytes {
            tk_cumulative_sum(
              kernels.table, TK_FLOAT64, outer, count, inner, $0.baseAddress, out.baseAddress, reversed)
          }
        }
        for index in input.indices {
          let (row, column) = (index / inner % count, index % inner)
          let start = index / (count * inner) * count * inner + column
          // Small whole numbers: sums are exact.
          let expected = (reversed ? row..<count : 0..<row + 1).reduce(0.0) { $0 + input[start + $1 * inner] }
          #expect(out[index] == expected)
        }
      }
    }
  }

  @Test(arguments: availableKernels)
  func theFirstNonFiniteElementIsFound(_ kernels: Kernels) {
    for count in [0, 1, 15, 16, 129, 1000] {
      let finite = (0..<count).map { $0 % 2 == 0 ? Float.greatestFiniteMagnitude : -.leastNonzeroMagnitude }
      #expect(finite.withUnsafeBytes { tk_first_non_finite(kernels.table, TK_FLOAT32, count, $0.baseAddress) } == -1)
      for value in [Float.nan, .infinity, -.infinity] {
        for position in Set([0, count / 2, count - 1]) where position >= 0 && position < count {
          var input = finite
          input[position] = value
          input[count - 1] = value
          let found = input.withUnsafeBytes { tk_first_non_finite(kernels.table, TK_FLOAT32, count, $0.baseAddress) }
          #expect(found == position)
        }
      }
    }
  }

  @Test(arguments: availableKernels)
  func additionInPlace(_ kernels: Kernels) {
    for count in [0, 1, 17, 100_001] {
      let x: [Float] = TestNumbers.array(count, seed: 5)
      let before: [Float] = TestNumbers.array(count, seed: 6)
      for threads in [1, 2] as [Int32] {
        var y = before
        y.withUnsafeMutableBytes { y in
          x.withUnsafeBytes {
            tk_add_in_place(kernels.table, threads, TK_FLOAT32, count, $0.baseAddress, y.baseAddress)
          }
        }
        #expect(y == zip(x, before).map { $1 + $0 })
      }
    }
  }
}
