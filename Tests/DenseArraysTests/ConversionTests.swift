import DenseArrays
import Testing

@Suite("Conversion and comparison")
struct ConversionTests {
  @Test("small integers survive every conversion", arguments: ScalarType.allCases, ScalarType.allCases)
  func roundTrip(from: ScalarType, to: ScalarType) {
    let array = DenseArray([[1, -2], [0, 16_777_216]], from)
    let converted = array.converted(to: to)
    #expect(converted.scalarType == to && converted.shape == [2, 2])
    #expect(converted.elements == [1, -2, 0, 16_777_216])
    #expect((converted.storage === array.storage) == (from == to))
  }

  @Test("float32 rounds to nearest, overflows to infinity and keeps NaN")
  func rounding() {
    let array = DenseArray([0.1, 1e300, -1e300, .nan, -0.0, 16_777_217, 1e-50]).converted(to: .float32)
    let elements = array.toArray(of: Float.self)
    #expect(elements[0] == 0.1 && elements[1] == .infinity && elements[2] == -.infinity && elements[3].isNaN)
    #expect(elements[4] == 0 && elements[4].sign == .minus && elements[5] == 16_777_216 && elements[6] == 0)
    #expect(DenseArray([Int32.max]).converted(to: .float32).item == 2_147_483_648)
  }

  @Test("a view is converted by its own elements")
  func view() {
    let view = DenseArray([[1, 2], [3, 4]] as [[Float]]).row(1)
    #expect(view.converted(to: .int32).toArray(of: Int32.self) == [3, 4])
  }

  @Test("equality compares shape, type and numbers")
  func equality() {
    #expect(DenseArray([1, 2]) == DenseArray([1, 2]))
    #expect(DenseArray([1, 2]) == [1, 2])
    #expect(DenseArray([1, 2]) != DenseArray([1, 3]))
    #expect(DenseArray([1, 2]) != DenseArray([[1, 2]]))
    #expect(DenseArray([1, 2]) != DenseArray([1, 2], .float32))
    #expect(DenseArray([0.0]) == DenseArray([-0.0]))
    #expect(DenseArray([Double.nan]) != DenseArray([Double.nan]))
    #expect(DenseArray([1, 2], .int32) == DenseArray([1, 2] as [Int32]))
    #expect(
      DenseArray(zeros: [0, 2]) == DenseArray(zeros: [0, 2]) && DenseArray(zeros: [0, 2]) != DenseArray(zeros: [0]))
  }

  @Test("bit identity tells zeros apart and NaNs not")
  func bitIdentity() {
    let array = DenseArray([1, .nan, 0])
    #expect(array.isBitIdentical(to: DenseArray([1, .nan, 0])))
    #expect(!array.isBitIdentical(to: DenseArray([1, .nan, -0.0])))
    #expect(!array.isBitIdentical(to: DenseArray([[1, .nan, 0]])))
    #expect(!DenseArray(zeros: [2]).isBitIdentical(to: DenseArray(zeros: [2], .int32)))
    #expect(DenseArray([[9, 9], [1, 2]]).row(1).isBitIdentical(to: DenseArray([1, 2])))
  }

  @Test(
    "closeness is |a - b| <= tolerance (1 + |a| + |b|)",
    arguments: [
      (0, 1e-9, 1e-9, true), (0, 1.1e-9, 1e-9, false), (100, 100.2, 1e-3, true), (100, 100.3, 1e-3, false),
      (.infinity, .infinity, 0, true), (.infinity, -.infinity, 1, false), (1, .infinity, 1, false),
      (.nan, .nan, 1, false), (0, -0.0, 0, true),
    ] as [(Double, Double, Double, Bool)])
  func closeness(a: Double, b: Double, tolerance: Double, expected: Bool) {
    #expect(DenseArray([a]).isClose(to: DenseArray([b]), tolerance: tolerance) == expected)
    #expect(DenseArray([b]).isClose(to: DenseArray([a]), tolerance: tolerance) == expected)
  }

  @Test("closeness needs one shape and accepts two types")
  func closenessShapes() {
    #expect(!DenseArray([1, 2]).isClose(to: DenseArray([[1, 2]]), tolerance: 1))
    // One rounding to float32 is at most 2^-24 of the number.
    #expect(DenseArray([0.1, 7]).isClose(to: DenseArray([0.1, 7], .float32), tolerance: 0x1p-24))
  }

  @Test("the maximum difference")
  func maximumDifference() {
    #expect(DenseArray([1, 5, -2]).maximumDifference(from: [1, 2, 0]) == 3)
    #expect(DenseArray([Double.infinity]).maximumDifference(from: [.infinity]) == 0)
    #expect(DenseArray([Double.infinity]).maximumDifference(from: [1]) == .infinity)
    #expect(DenseArray([1, .nan, 5]).maximumDifference(from: [1, 2, 0]).isNaN)
    #expect(DenseArray(zeros: [0]).maximumDifference(from: DenseArray(zeros: [0])) == 0)
  }
}
