import Autodiff
import DenseArrays
import Testing

/// Small recordings with gradients worked out by hand in which a block of memory has more than one claim to it.
@Suite("Shared memory in sweeps")
struct AliasingTests {
  private let tape = Tape(scalarType: .float64)

  private func gradients(_ loss: Variable, _ variables: Variable...) -> [DenseArray] {
    tape.gradients(of: [loss], withRespectTo: variables)
  }

  @Test("x + x, x - x and sums of three")
  func sums() {
    let x = tape.variable(DenseArray([1.0, 2]))
    let y = tape.variable(DenseArray([3.0, 4]))
    #expect(gradients((x + x).sum(), x) == [DenseArray([2.0, 2])])
    #expect(gradients((x - x).sum(), x) == [DenseArray([0.0, 0])])
    let z = x + y
    let found = gradients((z + z + x).sum(), x, y, z)
    #expect(found == [DenseArray([3.0, 3]), DenseArray([2.0, 2]), DenseArray([2.0, 2])])
    #expect(gradients((x * x + x).sum(), x) == [DenseArray([3.0, 5])])
  }

  @Test("a value that is also the output, and an output that is a leaf")
  func outputs() {
    let x = tape.variable(DenseArray([5.0]))
    #expect(gradients(x, x) == [DenseArray([1.0])])
    let y = x * 3.0
    #expect(gradients(y, y, x) == [DenseArray([1.0]), DenseArray([3.0])])
    let seeds = [DenseArray([2.0]), DenseArray([10.0])]
    let both = tape.gradients(of: [y, x], seeds: seeds, withRespectTo: [x, y])
    #expect(both == [DenseArray([16.0]), DenseArray([2.0])])
    let twice = tape.gradients(of: [y, y], seeds: seeds, withRespectTo: [x, y])
    #expect(twice == [DenseArray([36.0]), DenseArray([12.0])])
    let recorded = tape.recordedGradients(of: [y, y], seeds: seeds.map { tape.constant($0) }, withRespectTo: [x, y])
    #expect(recorded.map(\.value) == twice)
    #expect(seeds == [DenseArray([2.0]), DenseArray([10.0])])
  }

  @Test("a variable that is asked for twice")
  func askedForTwice() {
    let x = tape.variable(DenseArray([5.0]))
    let y = x * x
    #expect(gradients(y, x, y, x, y).map(\.item) == [10, 1, 10, 1])
    #expect(tape.recordedGradients(of: y, withRespectTo: [x, x]).map(\.item) == [10, 10])
    // Along x twice: the tangents add up, as the cotangents' products with them do.
    let tangents = [DenseArray([1.0]), DenseArray([2.0])]
    #expect(tape.tangents(of: [y], along: [x, x], tangents: tangents) == [DenseArray([30.0])])
    let recorded = tape.recordedTangents(of: [y], along: [x, x], tangents: tangents.map { tape.constant($0) })
    #expect(recorded.map(\.item) == [30])
  }

  @Test("the same cotangent for several operands, some of them views")
  func sharedCotangents() {
    let x = tape.variable(DenseArray([1.0, 2, 3, 4], shape: [2, 2]))
    let y = tape.variable(DenseArray([5.0, 6, 7, 8]))
    // The cotangent of the sum goes to x, to y through a reshape, and to x again through two reshapes.
    let z = x + y.reshaped(to: [2, 2]) + x.reshaped(to: [4]).reshaped(to: [2, 2])
    let w = tape.constant(DenseArray([1.0, 10, 100, 1000], shape: [2, 2]))
    let found = gradients((z * w).sum(), x, y, z)
    #expect(found[0] == DenseArray([2.0, 20, 200, 2000], shape: [2, 2]))
    #expect(found[1] == DenseArray([1.0, 10, 100, 1000]))
    #expect(found[2] == w.value)
  }

  @Test("concatenations and stacks of one value, and slices that overlap")
  func joined() {
    let x = tape.variable(DenseArray([1.0, 2]))
    let w = tape.constant(DenseArray([1.0, 10, 100, 1000]))
    #expect(gradients((concatenate([x, x]) * w).sum(), x) == [DenseArray([101.0, 1010])])
    #expect(gradients((stack([x, x]) * w.reshaped(to: [2, 2])).sum(), x) == [DenseArray([101.0, 1010])])
    let y = concatenate([x, x, x])
    let overlapping = y.slice(axis: 0, 0..<4) * w + y.slice(axis: 0, 1..<5) * w
    #expect(gradients(overlapping.sum(), y) == [DenseArray([1.0, 11, 110, 1100, 1000, 0])])
    #expect(gradients(overlapping.sum(), x, y)[0] == DenseArray([1111.0, 1111]))
  }

  @Test("gradients that are held keep their values through later steps")
  func heldGradients() {
    let parameter = Parameter(DenseArray([1.0, 2]), name: "p")
    var held: [Gradients] = []
    var arrays: [DenseArray] = []
    for step in 0..<5 {
      tape.reset()
      let p = tape.parameter(parameter)
      let gradients = tape.gradients(of: (p * Double(step + 1)).sum())
      arrays.append(gradients[parameter])
      if step % 2 == 0 { held.append(gradients) }
    }
    for step in 0..<5 { #expect(arrays[step] == DenseArray(repeating: Double(step + 1), shape: [2], .float64)) }
    for (index, gradients) in held.enumerated() {
      #expect(gradients[parameter] == DenseArray(repeating: Double(2 * index + 1), shape: [2], .float64))
    }
  }

  @Test("a gradient that is changed in place changes nothing else")
  func changedGradient() {
    let parameter = Parameter(DenseArray([1.0, 2]), name: "p")
    for _ in 0..<3 {
      tape.reset()
      let gradients = tape.gradients(of: square(tape.parameter(parameter)).sum())
      var gradient = gradients[parameter]
      gradient[0] = 100
      #expect(gradients[parameter] == DenseArray([2.0, 4]))
      #expect(parameter.value == DenseArray([1.0, 2]))
    }
  }

  @Test("a parameter set to its gradient, and changed afterwards, leaves the gradient as it was")
  func parameterFromGradient() {
    let parameter = Parameter(DenseArray([1.0, 2]), name: "p")
    let gradients = tape.gradients(of: square(tape.parameter(parameter)).sum())
    parameter.value = gradients[parameter]
    parameter.update { $0[0] = -1 }
    #expect(gradients[parameter] == DenseArray([2.0, 4]))
    #expect(parameter.value == DenseArray([-1.0, 4]))
  }

  @Test("values that were read are copies: a later step leaves them as they were")
  func readValues() {
    let x = tape.variable(DenseArray([1.0, 2]))
    let value = exp(x).value
    let copy = DenseArray(value.elements)
    tape.reset()
    for _ in 0..<10 { _ = tape.constant(7, shape: [2]) * 3.0 }
    #expect(value == copy)
  }

  @Test("an array that became a leaf and is changed afterwards leaves the recording as it was")
  func changedInput() {
    var array = DenseArray([1.0, 2])
    let x = tape.variable(array)
    let y = x * x
    array[0] = 50
    #expect(x.value == DenseArray([1.0, 2]))
    #expect(gradients(y.sum(), x) == [DenseArray([2.0, 4])])
    #expect(array == DenseArray([50.0, 2]))
  }

  @Test("leaves, views of them and results can still be read after the sweep that consumes the recording")
  func readAfterwards() {
    func leaf() -> Variable { tape.variable(DenseArray((0..<1000).map(Double.init))) }
    let x = leaf()
    let view = x.slice(axis: 0, 10..<20)
    let loss = square(view).sum()
    _ = tape.gradients(of: loss)
    // Memory that the leaf no longer owned would be taken by these.
    let others = (0..<50).map { DenseArray(repeating: Double($0) + 0.5, shape: [1000], .float64) }
    #expect(loss.item == 2185)
    #expect(view.value.elements == (10..<20).map(Double.init))
    #expect(x.value.elements == (0..<1000).map(Double.init))
    #expect(others.count == 50)
  }

  @Test("cotangents of intermediate values that are views of each other are each right")
  func viewsAskedFor() {
    let x = tape.variable(DenseArray([1.0, 2, 3, 4]))
    let a = x.reshaped(to: [2, 2])
    let b = a[1]
    let c = a.reshaped(to: [4])
    let loss = (b * b).sum() + (c * 2.0).sum()
    let found = gradients(loss, x, a, b, c)
    #expect(found[0] == DenseArray([2.0, 2, 8, 10]))
    #expect(found[1] == DenseArray([2.0, 2, 8, 10], shape: [2, 2]))
    #expect(found[2] == DenseArray([6.0, 8]))
    #expect(found[3] == DenseArray([2.0, 2, 2, 2]))
  }

  @Test("a slice of an array of another type than the tape's has a recorded gradient")
  func otherType() {
    let x = tape.variable(DenseArray([1.0, 2, 3] as [Float]))
    let gradient = tape.recordedGradients(of: square(x.slice(axis: 0, 1..<2)).sum(), withRespectTo: [x])[0]
    #expect(gradient.value == DenseArray([0.0, 4, 0] as [Float]))
    #expect(gradient.scalarType == .float32)
  }
}
