import Autodiff
import DenseArrays
import GradientChecking
import Layers
import Testing

@Suite("Layers over sequences")
struct SequenceLayerTests {
  private static func cells(_ count: Int, connection: StackConnection) -> StackedCell<AnyRecurrentCell> {
    var random = RandomSource(seed: 2)
    var made = 0
    let stack = StackedCell(layerCount: count, inputSize: 3, connection: connection, using: &random) { size, random in
      made += 1
      return made % 2 == 0
        ? AnyRecurrentCell(LSTM(inputSize: size, hiddenSize: 4, using: &random))
        : AnyRecurrentCell(GRU(inputSize: size, hiddenSize: 4, using: &random))
    }
    stack.scatter(using: &random)
    return stack
  }

  // Products of other sizes sum in another order.
  @Test("layer by layer is step by step", arguments: StackConnection.allCases)
  func layersAreCells(connection: StackConnection) {
    let cells = Self.cells(3, connection: connection)
    let layers = Stacked(cells.cells.map { Recurrent($0) }, connections: cells.connections)
    func run(_ layer: some SequenceLayer) -> [DenseArray] {
      let tape = Tape(scalarType: .float64)
      let x = tape.variable(normal([6, 3, 3]))
      let result = layer.run(
        x, from: nil, options: ScanOptions(isReversed: true, lengths: [6, 2, 4]), isTraining: false)
      #expect(result.unrolledReason == nil)
      let values = [result.outputs.value] + result.finalState.values
      let gradients = tape.gradients(of: result.outputs.weighted)
      return values + [gradients[x]] + cells.parameters.map { gradients[$0.parameter] }
    }
    for (index, (a, b)) in zip(run(layers), run(Recurrent(cells))).enumerated() {
      expectClose(a, b, tolerance: 1e-12, "array \(index)")
    }
  }

  @Test("both directions are put together as said", arguments: Bidirectional<Recurrent<GRU>>.Merging.allCases)
  func merging(merging: Bidirectional<Recurrent<GRU>>.Merging) {
    var random = RandomSource(seed: 3)
    let layer = Bidirectional(inputSize: 3, merging: merging, using: &random) {
      GRU(inputSize: $0, hiddenSize: 4, using: &$1)
    }
    layer.scatter(using: &random)
    let tape = Tape(scalarType: .float64)
    let x = tape.constant(normal([5, 2, 3]))
    let a = layer.forward(x, lengths: [5, 2]).outputs
    let b = layer.backward(x, direction: .backward, lengths: [5, 2]).outputs
    let expected = zip(a.value.elements, b.value.elements).map { a, b in
      switch merging {
      case .sum, .concatenation: a + b
      case .mean: (a + b) / 2
      case .product: a * b
      }
    }
    let (outputs, last) = layer(x, lengths: [5, 2])
    #expect(outputs.shape == [5, 2, merging == .concatenation ? 8 : 4])
    if merging == .concatenation {
      #expect(outputs.slice(axis: 2, 0..<4).value.isBitIdentical(to: a.value))
      #expect(outputs.slice(axis: 2, 4..<8).value.isBitIdentical(to: b.value))
    } else {
      #expect(outputs.value.isBitIdentical(to: DenseArray(expected, shape: [5, 2, 4])))
    }
    // The backward layer ends at the first step, the forward one at each sequence's last.
    #expect(last.second.value.isBitIdentical(to: b[0].value))
    #expect(last.first.value.row(1).isBitIdentical(to: a[1].value.row(1)))
  }

  @Test("a layer that runs backward from the end turns both directions round")
  func reversedBidirectional() {
    var random = RandomSource(seed: 3)
    let layer = Bidirectional(inputSize: 3, using: &random) { GRU(inputSize: $0, hiddenSize: 4, using: &$1) }
    let tape = Tape()
    let data = normal([5, 2, 3])
    let x = tape.constant(data.converted(to: .float32))
    let turned = stack((0..<5).reversed().map { x[$0] })
    let (outputs, _) = layer(x, direction: .backward)
    let (expected, _) = layer(turned)
    for step in 0..<5 { #expect(outputs[step].value.isBitIdentical(to: expected[4 - step].value)) }
  }

  /// Everything on everything else: two bidirectional layers of stacks of cells of several kinds.
  private static func deepest(
    seed: UInt64 = 8, layerCount: Int = 2
  ) -> Stacked<Bidirectional<Recurrent<AnyRecurrentCell>>> {
    var random = RandomSource(seed: seed)
    let stack = Stacked(layerCount: layerCount, inputSize: 3, connection: .highway, using: &random) { size, random in
      Bidirectional(inputSize: size, merging: .mean, learnsInitialState: true, using: &random) { size, random in
        AnyRecurrentCell(
          StackedCell(
            [
              AnyRecurrentCell(
                FastSlowCell(fastCount: 2, inputSize: size, using: &random) {
                  LSTM(inputSize: $0, hiddenSize: 3, using: &$1)
                } slow: {
                  GRU(inputSize: $0, hiddenSize: 2, using: &$1)
                }),
              AnyRecurrentCell(
                PeriodicCell(Elman(inputSize: 3, hiddenSize: 3, using: &random), period: 2, inputSize: 3)),
            ]))
      }
    }
    stack.scatter(using: &random)
    return stack
  }

  @Test("layers of layers of cells of cells have right derivatives, with lengths")
  func deepGradients() {
    #if DEBUG
      // Each of the many runs takes long without optimisation: one layer, over as many steps as a period has.
      let (layerCount, lengths) = (1, [2, 1])
    #else
      let (layerCount, lengths) = (2, [4, 2])
    #endif
    let layer = Self.deepest(layerCount: layerCount)
    var options = GradientCheckOptions()
    options.order = 1
    options.elementLimit = 8
    let report = checkGradients(of: layer, at: [normal([lengths[0], 2, 3])], options: options) { _, inputs in
      layer(inputs[0], lengths: lengths).outputs
    }
    #expect(report.passed && report.unused == [], "\(report)")
  }

  @Test("layers of layers of cells of cells: rows of a batch, and what is saved")
  func deepProperties() throws {
    let (layer, other) = (Self.deepest(), Self.deepest(seed: 9))
    let tape = Tape(scalarType: .float64)
    let x = tape.constant(normal([5, 3, 3]))
    let lengths = [5, 1, 3]
    let outputs = layer(x, lengths: lengths).outputs
    for (sequence, length) in lengths.enumerated() {
      let row = sequence..<sequence + 1
      expectClose(
        outputs.part(steps: 0..<length, sequences: row).value,
        layer(x.part(steps: 0..<length, sequences: row)).outputs.value, tolerance: 1e-12, "sequence \(sequence)")
      #expect(outputs.part(steps: length..<5, sequences: row).value.elements.allSatisfy { $0 == 0 })
    }
    let before = outputs.value
    tape.reset()
    try other.load(layer.state)
    #expect(other(tape.constant(normal([5, 3, 3])), lengths: lengths).outputs.value.isBitIdentical(to: before))
  }

  @Test("the size of outputs is found, and what is handed on has the start state's shapes")
  func sizes() {
    var random = RandomSource(seed: 3)
    let layer = Bidirectional(inputSize: 3, using: &random) { LSTM(inputSize: $0, hiddenSize: 4, using: &$1) }
    #expect(layer.outputSize(inputSize: 3) == 8)
    #expect(LSTM(inputSize: 5, hiddenSize: 4, using: &random).outputSize(inputSize: 5) == 4)
    let tape = Tape()
    let (_, last) = layer(tape.zeros([2, 2, 3]))
    #expect(last.values.map(\.shape) == layer.startState(batch: 2, on: tape).values.map(\.shape))
    let again = layer.state(from: last.values, on: tape)
    #expect(zip(again.values, last.values).allSatisfy { $0.isBitIdentical(to: $1) })
  }

  @Test("named values of every layer can be kept")
  func kept() {
    var random = RandomSource(seed: 3)
    let stack = Stacked(layerCount: 2, inputSize: 3, using: &random) {
      Recurrent(LSTM(inputSize: $0, hiddenSize: 4, using: &$1))
    }
    let tape = Tape()
    let result = stack.run(
      tape.zeros([5, 2, 3]), from: nil, options: ScanOptions(keeps: ["forget gate"]), isTraining: false)
    #expect(result.scans.map { $0.kept["forget gate"]?.values.shape } == [[5, 2, 4], [5, 2, 4]])
  }
}
