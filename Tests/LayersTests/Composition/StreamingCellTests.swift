import Autodiff
import DenseArrays
import Layers
import Testing

@Suite("One step at a time")
struct StreamingCellTests {
  /// The mean of the inputs so far: the index of the step has to go on.
  private struct MeanSoFar: RecurrentCell {
    func zeroState(batch: Int, on tape: Tape) -> Variable { tape.zeros([batch, 1]) }

    func step(_ x: Variable, _ h: Variable, _ context: StepContext) -> (output: Variable, state: Variable) {
      let mean = h + (x - h) / (context.stepIndex + 1)
      return (mean, mean)
    }
  }

  @Test("the index of the step goes on, and several continuations can start from one state")
  func stepIndex() {
    let stream = StreamingCell(MeanSoFar())
    var state = stream.startState(batch: 1)
    for (input, mean) in zip([3.0, 5, 10], [3.0, 4, 6]) {
      let (output, next) = stream.step(DenseArray([input], shape: [1, 1]), from: state)
      #expect(output.item == mean)
      state = next
    }
    #expect(state.step == 3)
    #expect(stream.step(DenseArray([2.0], shape: [1, 1]), from: state).output.item == 5)
    #expect(stream.step(DenseArray([6.0], shape: [1, 1]), from: state).output.item == 6)
  }

  @Test("memory stays as it is over many steps")
  func memory() {
    var random = RandomSource(seed: 1)
    let stream = StreamingCell(AntisymmetricRNN(inputSize: 3, hiddenSize: 16, using: &random))
    var state = stream.startState(batch: 2)
    var bytes = 0
    for step in 0..<2000 {
      (_, state) = stream.step(DenseArray.normal([2, 3], using: &random), from: state)
      if step == 10 { bytes = stream.memoryByteCount }
    }
    #expect(bytes > 0 && stream.memoryByteCount == bytes)
  }

  @Test("parameters can be changed between steps, and change what the next step gives")
  func changedParameters() {
    var random = RandomSource(seed: 1)
    let cell = GRU(inputSize: 3, hiddenSize: 4, using: &random)
    let stream = StreamingCell(cell)
    let input = DenseArray.normal([1, 3], using: &random)
    let start = stream.startState(batch: 1)
    let before = stream.step(input, from: start).output
    cell.update.inputWeights.update { $0[0, 0] += 1 }
    let after = stream.step(input, from: start).output
    #expect(before[0, 0] != after[0, 0] && before[0, 1] == after[0, 1])
  }

  @Test("an input of the wrong size and a state of the wrong shape stop")
  func mistakes() async {
    let input = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let stream = StreamingCell(Elman(inputSize: 3, hiddenSize: 4, using: &random))
      _ = stream.step(DenseArray(zeros: [1, 2]), from: stream.startState(batch: 1))
    }
    expectMessage(
      "matmul([1, 2], [4, 3], [4]): inner sizes 2 and 3 differ, second transposed (in Elman, step 0)", in: input)
    let state = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let stream = StreamingCell(Elman(inputSize: 3, hiddenSize: 4, using: &random))
      _ = stream.step(DenseArray(zeros: [1, 3]), from: .init(values: [DenseArray(zeros: [1, 5])], step: 0))
    }
    expectMessage("Elman: a state of shapes [[1, 5]]; expected [[1, 4]]", in: state)
  }
}
