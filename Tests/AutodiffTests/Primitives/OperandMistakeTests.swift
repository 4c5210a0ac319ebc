import Autodiff
import DenseArrays
import Testing

/// Each mistake stops the process with one line that names the operation, both sides and the scope, in release builds too.
@Suite("Operands that do not fit stop with a message")
struct OperandMistakeTests {
  @Test("shapes that do not broadcast, in a scope with a step")
  func broadcast() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let a = tape.zeros([2, 3])
      tape.withScope("gru0") { tape.withScope("time", step: 17) { _ = a + tape.zeros([2, 4]) } }
    }
    expectMessage(
      "add([2, 3], [2, 4]): shapes [2, 3] and [2, 4] do not broadcast (in gru0, time, step 17)", in: result)
  }

  @Test("float32 with float64, in a sum, a product, a concatenation")
  func types() async {
    let double = "operands of types float32 and float64"
    let sum = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = tape.zeros([2]) + tape.constant(DenseArray([1.0, 2]))
    }
    expectMessage("add([2], [2]): \(double)", in: sum)
    let product = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = matmul(tape.zeros([2, 2]), tape.constant(DenseArray(zeros: [2, 2], .float64)))
    }
    expectMessage("matmul([2, 2], [2, 2]): \(double)", in: product)
    let joined = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = concatenate([tape.zeros([2]), tape.constant(DenseArray([1.0, 2]))])
    }
    expectMessage("concatenate([2], [2]): \(double)", in: joined)
  }

  @Test("whole numbers where floating-point numbers are computed with")
  func integers() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = exp(tape.constant(DenseArray([1, 2] as [Int32])))
    }
    expectMessage("exp([2]): computes in floating point, not in int32", in: result)
    let traced = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = pointwise(tape.zeros([2]), tape.zeros([3])) { a, b in a * tanh(b) }
    }
    expectMessage("pointwise([2], [3]): shapes [2] and [3] do not broadcast", in: traced)
    let sum = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = tape.constant(DenseArray([1, 2] as [Int32])).sum()
    }
    expectMessage("sum([2]): sums floating-point numbers, not int32", in: sum)
    let variable = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tape().variable(DenseArray([1, 2] as [Int32]))
    }
    expectMessage("Tape.variable: elements must be floating-point numbers, not int32", in: variable)
  }

  @Test("products whose inner sizes, batches or biases do not fit")
  func products() async {
    let inner = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      tape.withScope("lstm0", step: 3) {
        _ = matmul(tape.zeros([2, 3]), tape.zeros([5, 4]), transposeSecond: true)
      }
    }
    expectMessage(
      "matmul([2, 3], [5, 4]): inner sizes 3 and 4 differ, second transposed (in lstm0, step 3)", in: inner)
    let batch = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = matmul(tape.zeros([2, 3, 4]), tape.zeros([3, 4, 5]))
    }
    expectMessage("matmul([2, 3, 4], [3, 4, 5]): leading axes differ", in: batch)
    let bias = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = matmul(tape.zeros([2, 3]), tape.zeros([3, 4]), bias: tape.zeros([3]))
    }
    expectMessage("matmul([2, 3], [3, 4], [3]): a bias of shape [3] for 4 columns", in: bias)
    let vector = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = matmul(tape.zeros([3]), tape.zeros([3, 4]))
    }
    expectMessage("matmul([3], [3, 4]): operands need at least two axes", in: vector)
  }

  @Test("layouts that cannot be: reshape, transpose, slice, pad, split, row, concatenate, broadcast, sum")
  func layouts() async {
    let reshape = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tape().zeros([2, 3]).reshaped(to: [4])
    }
    expectMessage("reshape([2, 3]): has 6 elements and [4] has 4", in: reshape)
    let transpose = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tape().zeros([2, 3]).transposed([0, 0])
    }
    expectMessage("transpose([2, 3]): axes [0, 0] are no order of the 2 axes", in: transpose)
    let slice = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tape().zeros([2, 3]).slice(axis: 1, 1..<5)
    }
    expectMessage("slice([2, 3]): range 1..<5 of axis 1, which has 3", in: slice)
    let pad = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tape().zeros([2, 3]).padded(axis: 1, before: -1, after: 0)
    }
    expectMessage("pad([2, 3]): -1 zeros before and 0 after", in: pad)
    let parts = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = split(Tape().zeros([2, 3]), into: 2)
    }
    expectMessage("split: axis -1 of shape [2, 3] in 2 equal parts", in: parts)
    let row = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tape().zeros([2, 3])[2]
    }
    expectMessage("row 2 of shape [2, 3]", in: row)
    let joined = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = concatenate([tape.zeros([2, 3]), tape.zeros([3, 3])], axis: 1)
    }
    expectMessage("concatenate([2, 3], [3, 3]): shapes differ outside axis 1", in: joined)
    let broadcast = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tape().zeros([2, 3]).broadcast(to: [3])
    }
    expectMessage("broadcast([2, 3]): cannot be broadcast to [3]", in: broadcast)
    let sum = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tape().zeros([2, 3]).sum(axes: [2])
    }
    expectMessage("sum: axis 2 of shape [2, 3]", in: sum)
    let twice = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tape().zeros([2, 3]).sum(axes: [1, -1])
    }
    expectMessage("sum: axis 1 of shape [2, 3] twice, in [1, -1]", in: twice)
    let axis = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = concatenate([tape.zeros([2, 3]), tape.zeros([3, 3])], axis: -3)
    }
    expectMessage("concatenate([2, 3], [3, 3]): axis -3 does not exist", in: axis)
    let place = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      tape.withScope("net") { _ = tape.zeros([2, 3]).expanded(axis: 4) }
    }
    expectMessage("expanded: no place 4 in shape [2, 3] (in net)", in: place)
    let size = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      tape.withScope("net") { _ = tape.zeros([2_147_483_647, 1, 2_147_483_647]) }
    }
    expectMessage("Tape: float32 [2147483647, 1, 2147483647] has more bytes than memory can hold (in net)", in: size)
  }

  @Test("indices and labels outside of their range")
  func indicesAndLabels() async {
    let label = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      tape.withScope("loss") {
        _ = crossEntropy(tape.zeros([2, 3]), labels: tape.constant(DenseArray([0, 3] as [Int32])))
      }
    }
    expectMessage("crossEntropy([2, 3], [2]): label 3 at position 1 is not in 0..<3 (in loss)", in: label)
    let index = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = gather(tape.zeros([4, 2]), at: tape.constant(DenseArray([0, -1] as [Int32])))
    }
    expectMessage("gather([4, 2], [2]): index -1 at position 1 is not in 0..<4", in: index)
    let scattered = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = scatterAdd(tape.zeros([2, 2]), at: tape.constant(DenseArray([0, 7] as [Int32])), rows: 7)
    }
    expectMessage("scatterAdd([2, 2], [2]): index 7 at position 1 is not in 0..<7", in: scattered)
    let picked = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = pick(tape.zeros([2, 2]), at: tape.constant(DenseArray([2, 0] as [Int32])))
    }
    expectMessage("pick([2, 2], [2]): index 2 at position 0 is not in 0..<2", in: picked)
    let type = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = crossEntropy(tape.zeros([2, 3]), labels: tape.zeros([2]))
    }
    expectMessage("crossEntropy([2, 3], [2]): labels are int32, not float32", in: type)
    let shape = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = crossEntropy(tape.zeros([2, 3]), labels: tape.constant(DenseArray([0, 1, 2] as [Int32])))
    }
    expectMessage("crossEntropy([2, 3], [3]): labels must have the logits' shape without the last axis", in: shape)
  }
}
