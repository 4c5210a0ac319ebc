import Autodiff
import DenseArrays
import Layers
import Testing

@Suite("Truncated backpropagation through time, chunk by chunk")
struct StatefulLayerTests {
  private static func makeLayer() -> Stacked<Recurrent<LSTM>> {
    var random = RandomSource(seed: 2)
    let layer = Stacked(layerCount: 2, inputSize: 3, using: &random) {
      Recurrent(LSTM(inputSize: $0, hiddenSize: 4, using: &$1), learnsInitialState: true)
    }
    layer.scatter(using: &random)
    return layer
  }

  private let layer = makeLayer()
  private let data = normal([9, 2, 3])

  private var parameters: [Parameter] { layer.parameters.map(\.parameter) }

  private func chunk(_ index: Int) -> DenseArray { data.slice(index * 3..<index * 3 + 3) }

  // The loop over chunks adds gradients of the chunks, the scan those of all steps.
  @Test("outputs are those of the whole sequence, gradients those of a scan that is cut where chunks end")
  func chunks() {
    let tape = Tape(scalarType: .float64)
    let whole = layer.run(
      tape.constant(data), from: nil, options: ScanOptions(detachEvery: 3), isTraining: false)
    let wholeOutputs = whole.outputs.value
    let expected = tape.gradients(of: square(whole.outputs).sum())
    var stateful = StatefulLayer(layer)
    var sums = parameters.map { DenseArray(zeros: $0.shape, .float64) }
    for index in 0..<3 {
      tape.reset()
      let outputs = stateful(tape.constant(chunk(index)))
      expectClose(outputs.value, wholeOutputs.slice(index * 3..<index * 3 + 3), tolerance: 1e-13, "chunk \(index)")
      let gradients = tape.gradients(of: square(outputs).sum())
      for (position, parameter) in parameters.enumerated() {
        let sum = zip(sums[position].elements, gradients[parameter].elements).map(+)
        sums[position] = DenseArray(sum, shape: parameter.shape)
      }
    }
    for ((name, parameter), sum) in zip(layer.parameters, sums) {
      expectClose(sum, expected[parameter], tolerance: 1e-12, name)
    }
  }

  @Test("a restarted sequence begins anew, with a gradient of the learned start, and the others go on")
  func restart() {
    let tape = Tape(scalarType: .float64)
    var stateful = StatefulLayer(layer)
    _ = stateful(tape.constant(chunk(0)))
    let start = layer.layers[0].initialState[0]

    var untouched = stateful
    tape.reset()
    let goingOn = untouched(tape.constant(chunk(1)))
    let goingOnOutputs = goingOn.value
    #expect(tape.gradients(of: goingOn.weighted)[start].elements.allSatisfy { $0 == 0 })

    stateful.restart([1])
    tape.reset()
    let outputs = stateful(tape.constant(chunk(1)))
    let found = outputs.value
    let gradient = tape.gradients(of: outputs.weighted)[start]
    #expect(gradient.elements.contains { $0 != 0 })
    tape.reset()
    let fresh = layer(tape.constant(chunk(1))).outputs.value
    for step in 0..<3 {
      expectClose(found.row(step).row(0), goingOnOutputs.row(step).row(0), tolerance: 1e-14, "sequence that goes on")
      expectClose(found.row(step).row(1), fresh.row(step).row(1), tolerance: 1e-14, "sequence that begins")
    }

    stateful.restart()
    tape.reset()
    let other = stateful(tape.constant(normal([2, 5, 3])))
    #expect(other.shape == [2, 5, 4] && stateful.state?.map(\.shape.first) == [5, 5, 5, 5])
  }

  @Test("parameters have the layer's names, and lengths are followed")
  func lengths() {
    var stateful = StatefulLayer(layer)
    #expect(stateful.parameters.map(\.name) == layer.parameters.map(\.name))
    let tape = Tape(scalarType: .float64)
    _ = stateful(tape.constant(chunk(0)), options: ScanOptions(lengths: [3, 0]))
    let start = layer.startState(batch: 1, on: tape).values
    for (found, start) in zip(stateful.state ?? [], start) { #expect(found.row(1).isBitIdentical(to: start.row(0))) }
  }

  @Test("a batch of another size, a place that the batch lacks and a reversed chunk stop")
  func mistakes() async {
    let size = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var stateful = StatefulLayer(StatefulLayerTests.makeLayer())
      let tape = Tape(scalarType: .float64)
      _ = stateful(tape.zeros([1, 2, 3]))
      _ = stateful(tape.zeros([1, 3, 3]))
    }
    expectMessage(
      "StatefulLayer: a chunk of shape [1, 3, 3] after one whose last state has shapes [[2, 4], [2, 4], [2, 4], [2, 4]]; "
        + "restart() before a batch of another size", in: size)
    let place = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var stateful = StatefulLayer(StatefulLayerTests.makeLayer())
      let tape = Tape(scalarType: .float64)
      _ = stateful(tape.zeros([1, 2, 3]))
      stateful.restart([2])
      _ = stateful(tape.zeros([1, 2, 3]))
    }
    expectMessage("StatefulLayer: sequences [2] of a batch of 2 begin anew", in: place)
    let reversed = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var stateful = StatefulLayer(StatefulLayerTests.makeLayer())
      _ = stateful(Tape(scalarType: .float64).zeros([1, 2, 3]), options: ScanOptions(isReversed: true))
    }
    expectMessage(
      "StatefulLayer: a chunk from its last step to its first, where the chunk before it ended", in: reversed)
  }
}
