import CKernels
import Testing

@Suite struct DataMovementTests {
  /// A strided place: shape, strides, and where its first element is in a buffer of `count`.
  struct Place: CustomTestStringConvertible {
    var shape: [Int]
    var strides: [Int]
    var origin = 0
    var count: Int

    var testDescription: String { "\(shape) by \(strides)" }

    /// Positions in the buffer, in row-major order of the indices.
    var positions: [Int] {
      zip(shape, strides).reduce([origin]) { positions, axis in
        positions.flatMap { start in (0..<axis.0).map { start + $0 * axis.1 } }
      }
    }
  }

  static let places = [
    Place(shape: [], strides: [], count: 1),
    Place(shape: [7], strides: [1], count: 7),
    Place(shape: [7], strides: [-2], origin: 12, count: 13),
    Place(shape: [3, 5], strides: [5, 1], count: 15),
    Place(shape: [5, 3], strides: [1, 5], count: 15),
    Place(shape: [1, 4, 1], strides: [9, 2, 0], count: 8),
    Place(shape: [3, 0, 2], strides: [2, 2, 1], count: 6),
    Place(shape: [2, 3, 4, 2], strides: [24, 1, 6, 3], count: 48),
    Place(shape: [2, 2, 3, 2, 2, 3], strides: [1, 2, 4, 12, 24, 48], count: 144),
    Place(shape: [100, 60, 30], strides: [30, 3000, 1], count: 180_000),
    Place(shape: [300, 400], strides: [1, 300], count: 120_000),
    Place(shape: [300, 400], strides: [-400, -1], origin: 119_999, count: 120_000),
  ]

  static let broadcasts = [
    Place(shape: [5], strides: [0], count: 1),
    Place(shape: [4, 3], strides: [0, 1], count: 3),
    Place(shape: [4, 3], strides: [1, 0], count: 4),
    Place(shape: [200, 300], strides: [0, 1], count: 300),
    Place(shape: [300, 200], strides: [1, 0], count: 300),
    Place(shape: [2, 3, 4], strides: [0, 1, 0], count: 3),
  ]

  func copy<Element>(
    _ kernels: Kernels, _ kind: tk_scalar, _ threads: Int32, _ place: Place, _ input: [Element],
    into out: inout [Element], accumulate: Bool
  ) {
    out.withUnsafeMutableBufferPointer { out in
      input.withUnsafeBufferPointer {
        tk_copy_strided(
          kernels.table, threads, kind, Int32(place.shape.count), place.shape, $0.baseAddress! + place.origin,
          place.strides, out.baseAddress, accumulate)
      }
    }
  }

  func scatter<Element>(
    _ kernels: Kernels, _ kind: tk_scalar, _ threads: Int32, _ place: Place, _ input: [Element],
    into out: inout [Element], accumulate: Bool
  ) {
    out.withUnsafeMutableBufferPointer { out in
      input.withUnsafeBufferPointer {
        tk_scatter_strided(
          kernels.table, threads, kind, Int32(place.shape.count), place.shape, $0.baseAddress,
          out.baseAddress! + place.origin, place.strides, accumulate)
      }
    }
  }

  @Test(arguments: places + broadcasts)
  func copiesFollowTheStrides(_ place: Place) {
    let positions = place.positions
    let floats: [Float] = TestNumbers.array(place.count, seed: 1)
    let doubles: [Double] = TestNumbers.array(place.count, seed: 2)
    let integers = (0..<Int32(place.count)).map { $0 &* 77_777 }
    for kernels in availableKernels {
      for threads in [1, 2] as [Int32] {
        var (f, d) = ([Float](repeating: 0, count: positions.count), [Double](repeating: 3, count: positions.count))
        var i = [Int32](repeating: 0, count: positions.count)
        copy(kernels, TK_FLOAT32, threads, place, floats, into: &f, accumulate: false)
        copy(kernels, TK_FLOAT64, threads, place, doubles, into: &d, accumulate: true)
        copy(kernels, TK_INT32, threads, place, integers, into: &i, accumulate: false)
        #expect(f == positions.map { floats[$0] })
        #expect(d == positions.map { 3 + doubles[$0] })
        #expect(i == positions.map { integers[$0] })
      }
    }
  }

  @Test(arguments: places)
  func scatteringFollowsTheStrides(_ place: Place) {
    let positions = place.positions
    let input: [Float] = TestNumbers.array(positions.count, seed: 3)
    let before: [Float] = TestNumbers.array(place.count, seed: 4)
    var (expected, expectedSum) = (before, before)
    for (value, position) in zip(input, positions) {
      expected[position] = value
      expectedSum[position] += value
    }
    for kernels in availableKernels {
      for threads in [1, 2] as [Int32] {
        var (out, sum) = (before, before)
        scatter(kernels, TK_FLOAT32, threads, place, input, into: &out, accumulate: false)
        scatter(kernels, TK_FLOAT32, threads, place, input, into: &sum, accumulate: true)
        #expect(out == expected)
        #expect(sum == expectedSum)
      }
    }
  }

  /// Where several indices share an element, accumulation adds all of them, on any number of threads.
  @Test(arguments: broadcasts)
  func accumulationIntoABroadcastSums(_ place: Place) {
    let positions = place.positions
    // Whole numbers: sums are exact in any order.
    let input = positions.indices.map { Double($0 % 17 - 8) }
    var expected = [Double](repeating: 1, count: place.count)
    for (value, position) in zip(input, positions) { expected[position] += value }
    for kernels in availableKernels {
      for threads in [1, 2] as [Int32] {
        var out = [Double](repeating: 1, count: place.count)
        scatter(kernels, TK_FLOAT64, threads, place, input, into: &out, accumulate: true)
        #expect(out == expected)
      }
    }
  }
}
