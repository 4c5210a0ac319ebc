import DenseArrays
import Testing

/// Each mistake stops the process with one line that names the operation and both sides, in release builds too.
@Suite("Mistakes stop with a message")
struct MistakeTests {
  @Test("an axis that does not exist")
  func axis() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = ([3, 4] as Shape)[2]
    }
    expectMessage("Shape: axis 2 of a shape with 2 axes, [3, 4]", in: result)
  }

  @Test("a negative size")
  func negativeSize() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = [3, -1] as Shape
    }
    expectMessage("Shape: an axis has between 0 and 2147483647 elements, not -1", in: result)
  }

  @Test("too many axes")
  func rank() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = [1, 1, 1, 1, 1, 1, 1] as Shape
    }
    expectMessage("Shape: at most 6 axes", in: result)
  }

  @Test("a size in bytes that overflows")
  func overflow() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DenseArray(zeros: [2_147_483_647, 2_147_483_647, 2_147_483_647])
    }
    expectMessage(
      "DenseArray: shape [2147483647, 2147483647, 2147483647] of float32 has more bytes than can be counted",
      in: result)
  }

  @Test("elements that do not fill the shape")
  func elementCount() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DenseArray([1, 2, 3] as [Float], shape: [2, 2])
    }
    expectMessage("DenseArray: 3 elements for shape [2, 2], which has 4", in: result)
  }

  @Test("rows of different lengths")
  func ragged() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DenseArray([[1, 2], [3]] as [[Float]])
    }
    expectMessage("DenseArray: row 0 has 2 elements and row 1 has 1", in: result)
  }

  @Test("matrices of different sizes")
  func raggedMatrices() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DenseArray([[[1, 2]], [[3]]] as [[[Float]]])
    }
    expectMessage("DenseArray: row 0 of matrix 0 has 2 elements and row 0 of matrix 1 has 1", in: result)
  }

  @Test("parts of a literal that differ")
  func raggedLiteral() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = [[1, 2], 3] as DenseArray
    }
    expectMessage("DenseArray: part 0 of the literal has shape [2] and part 1 has []", in: result)
  }

  @Test("elements of another type")
  func elementType() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DenseArray(zeros: [2]).toArray(of: Double.self)
    }
    expectMessage("DenseArray: elements are float32, not float64", in: result)
  }

  @Test("a number that int32 cannot hold")
  func inexactInteger() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DenseArray([1, 2.5]).converted(to: .int32)
    }
    expectMessage("DenseArray.converted: 2.5 is not an integer that int32 can hold", in: result)
  }

  @Test("an int32 array of fractions")
  func repeatingFraction() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DenseArray(repeating: 0.5, shape: [3], .int32)
    }
    expectMessage("DenseArray(repeating:): 0.5 is not an integer that int32 can hold", in: result)
  }

  @Test("an int32 element set to NaN")
  func integerElement() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var array = DenseArray(zeros: [3], .int32)
      array[0] = .nan
    }
    expectMessage("DenseArray.subscript: nan is not an integer that int32 can hold", in: result)
  }

  @Test("an index outside of its axis")
  func index() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DenseArray(zeros: [2, 3])[1, 3]
    }
    expectMessage("DenseArray.subscript: index [1, 3] of shape [2, 3]", in: result)
  }

  @Test("too few indices")
  func indexCount() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DenseArray(zeros: [2, 3])[1]
    }
    expectMessage("DenseArray.subscript: 1 index for shape [2, 3], which has 2 axes", in: result)
  }

  @Test("the only element of several")
  func item() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DenseArray(zeros: [2]).item
    }
    expectMessage("DenseArray.item: shape [2] has 2 elements, not one", in: result)
  }

  @Test("a shape with another number of elements")
  func reshape() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DenseArray(zeros: [2, 3]).reshaped(to: [4])
    }
    expectMessage("DenseArray.reshaped: [2, 3] has 6 elements and [4] has 4", in: result)
  }

  @Test("rows outside of the array")
  func slice() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DenseArray(zeros: [2, 3]).slice(1..<3)
    }
    expectMessage("DenseArray.slice: rows 1..<3 of shape [2, 3]", in: result)
  }

  @Test("a row that does not exist")
  func row() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DenseArray(zeros: [2, 3]).row(.max)
    }
    expectMessage("DenseArray.row: row 9223372036854775807 of shape [2, 3]", in: result)
  }

  @Test("the difference of arrays of different shapes")
  func difference() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DenseArray(zeros: [2, 3]).maximumDifference(from: DenseArray(zeros: [3, 2]))
    }
    expectMessage("DenseArray.maximumDifference: shapes [2, 3] and [3, 2]", in: result)
  }

  @Test("uniform integers as elements of a floating-point draw")
  func uniformType() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = DenseArray.uniform([2], .int32, using: &random)
    }
    expectMessage("DenseArray.uniform: elements are floating-point numbers, not int32", in: result)
  }

  @Test("bounds without a number between them")
  func uniformBounds() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = DenseArray.uniform([2], in: 1..<1, using: &random)
    }
    expectMessage("DenseArray.uniform: no number is in 1.0..<1.0", in: result)
  }

  @Test("a negative standard deviation")
  func standardDeviation() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = DenseArray.normal([2], standardDeviation: -1, using: &random)
    }
    expectMessage(
      "DenseArray.normal: mean 0.0 and standard deviation -1.0, which have to be finite and the latter 0 or more",
      in: result)
  }

  @Test("a probability above 1")
  func probability() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = DenseArray.bernoulli([2], probability: 1.5, using: &random)
    }
    expectMessage("DenseArray.bernoulli: the probability is in 0 ... 1, not 1.5", in: result)
  }

  @Test("integers beyond int32")
  func integerBounds() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = DenseArray.uniformIntegers([2], in: 0..<5_000_000_000, using: &random)
    }
    expectMessage("DenseArray.uniformIntegers: 0..<5000000000 is empty or not within int32", in: result)
  }

  @Test("a permutation of fewer than no numbers")
  func permutation() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = random.permutation(of: -1)
    }
    expectMessage("RandomSource.permutation: -1 numbers", in: result)
  }
}
