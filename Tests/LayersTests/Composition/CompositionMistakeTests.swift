import Autodiff
import DenseArrays
import Layers
import Testing

/// What does not fit together stops with one line that says what and where.
@Suite("Mistakes in composing cells and layers")
struct CompositionMistakeTests {
  @Test("stacks without layers, without gates, and with connections between other sizes")
  func stacks() async {
    let none = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = StackedCell([GRU]())
    }
    expectMessage("StackedCell: no layers", in: none)
    let gates = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = Stacked(
        (0..<2).map { _ in Recurrent(GRU(inputSize: 3, hiddenSize: 3, using: &random)) }, connection: .highway)
    }
    expectMessage("Stacked: 0 highway gates for 2 layers; expected one for each layer but the first", in: gates)
    let sizes = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let cells = [
        GRU(inputSize: 3, hiddenSize: 4, using: &random), GRU(inputSize: 4, hiddenSize: 5, using: &random),
      ]
      _ = Recurrent(StackedCell(cells, connection: .residual), name: "stack")(Tape().zeros([2, 1, 3]))
    }
    expectMessage(
      "StackedCell: a residual connection round layer 1 from shape [1, 4] to [1, 5] (in stack, step 0)", in: sizes)
    let dense = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let cells = (0..<2).map { _ in Elman(inputSize: 3, hiddenSize: 3, using: &random) }
      _ = Recurrent(StackedCell(cells, connection: .dense), name: "stack")(Tape().zeros([2, 1, 3]))
    }
    expectMessage(
      "matmul([1, 6], [3, 3], [3]): inner sizes 6 and 3 differ, second transposed (in stack, step 0, layer 1)",
      in: dense)
  }

  @Test("a transition that changes the size, and a network without layers")
  func deep() async {
    let transition = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let cell = DeepCell(
        Elman(inputSize: 3, hiddenSize: 4, using: &random),
        transition: Perceptron(inputSize: 4, layerSizes: [5], using: &random))
      _ = Recurrent(cell, name: "deep")(Tape().zeros([2, 1, 3]))
    }
    expectMessage(
      "DeepCell: a transition from shape [1, 4] to [1, 5]; expected one that keeps the size (in deep, step 0)",
      in: transition)
    let layers = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = Perceptron(inputSize: 4, layerSizes: [], using: &random)
    }
    expectMessage("Perceptron: no layers", in: layers)
  }

  @Test("a fast-slow network of one fast cell, periods in another order and none, distances below one")
  func timescales() async {
    let fast = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = FastSlowCell(fastCount: 1, inputSize: 3, using: &random) {
        GRU(inputSize: $0, hiddenSize: 4, using: &$1)
      } slow: {
        GRU(inputSize: $0, hiddenSize: 4, using: &$1)
      }
    }
    expectMessage("FastSlowCell: 1 fast cells; expected at least 2", in: fast)
    let order = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = ClockworkCell(periods: [2, 1], inputSize: 3, using: &random) {
        GRU(inputSize: $0, hiddenSize: 4, using: &$1)
      }
    }
    expectMessage("ClockworkCell: groups of periods [2, 1]; expected at least one, in rising order", in: order)
    let period = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = PeriodicCell(GRU(inputSize: 3, hiddenSize: 4, using: &random), period: 0, inputSize: 3)
    }
    expectMessage("PeriodicCell: a period of 0 steps; expected at least 1", in: period)
    let distance = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = SkipInTime(GRU(inputSize: 3, hiddenSize: 4, using: &random), distance: 0, outputSize: 4)
    }
    expectMessage("SkipInTime: connections over 0 steps; expected at least 1", in: distance)
    let output = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let cell = SkipInTime(GRU(inputSize: 3 + 5, hiddenSize: 4, using: &random), distance: 2, outputSize: 5)
      _ = Recurrent(cell, name: "skip")(Tape().zeros([2, 1, 3]))
    }
    expectMessage("SkipInTime: the cell gives outputs of size 4 where 5 was said (in skip, step 0)", in: output)
    let dilation = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = DilatedCell(GRU(inputSize: 3, hiddenSize: 4, using: &random), dilation: -1)
    }
    expectMessage("DilatedCell: a dilation of -1 steps; expected at least 1", in: dilation)
  }

  @Test("directions of other sizes that are to be added, and a state of another cell")
  func directions() async {
    let sizes = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let layer = Bidirectional(
        forward: Recurrent(GRU(inputSize: 3, hiddenSize: 4, using: &random)),
        backward: Recurrent(GRU(inputSize: 3, hiddenSize: 5, using: &random)), merging: .sum)
      _ = layer(Tape().zeros([2, 1, 3]))
    }
    expectMessage("Bidirectional: the sum of outputs of shapes [2, 1, 4] and [2, 1, 5]", in: sizes)
    let state = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let gru = AnyRecurrentCell(GRU(inputSize: 3, hiddenSize: 4, using: &random))
      let lstm = AnyRecurrentCell(LSTM(inputSize: 3, hiddenSize: 4, using: &random))
      let tape = Tape()
      _ = gru.step(tape.zeros([1, 3]), lstm.zeroState(batch: 1, on: tape), StepContext(tape: tape, step: 0))
    }
    expectMessage("AnyRecurrentCell: a state State for a GRU, whose state is Variable", in: state)
  }
}
