import Tapestry
import Testing

// code: Docs/layers.md 4
struct Residual<Cell: RecurrentCell>: RecurrentCell {
  let cell: Cell

  func zeroState(batch: Int, on tape: Tape) -> Cell.State { cell.zeroState(batch: batch, on: tape) }
  func prepared(on tape: Tape) -> Residual { Residual(cell: cell.prepared(on: tape)) }

  func step(_ x: Variable, _ state: Cell.State, _ context: StepContext) -> (output: Variable, state: Cell.State) {
    let (y, next) = cell.step(x, state, context)
    return (x + y, next)
  }
}
// end

// code: Docs/layers.md 6
struct Predictor: Module {
  var layer: StatefulLayer<Recurrent<GRU>>
  let readout: Linear

  mutating func loss(_ inputs: Variable, targets: DenseArray) -> Variable {
    meanSquaredError(readout(layer(inputs, isTraining: true)), targets: targets)
  }

  mutating func train(on chunks: [(inputs: DenseArray, targets: DenseArray, beginning: [Int])]) throws {
    var optimizer = Adam(parameters, learningRate: 0.01)
    let tape = Tape()
    for (inputs, targets, beginning) in chunks {
      tape.reset()
      layer.restart(beginning)
      try optimizer.update(with: tape.gradients(of: loss(tape.constant(inputs), targets: targets)))
    }
  }
}
// end

@Suite("Layers round any cell")
struct LayersDocumentTests {
  #if DEBUG
    // Element by element, the check in the document takes most of a minute without optimisation.
    private static let elementLimit = 8
  #else
    private static let elementLimit = GradientCheckOptions().elementLimit
  #endif

  private static func check(
    _ module: some Module, _ inputs: [DenseArray], _ body: @escaping (Tape, [Variable]) -> Variable
  ) -> GradientReport {
    var options = GradientCheckOptions()
    options.elementLimit = elementLimit
    return checkGradients(of: module, at: inputs, options: options, body)
  }

  @Test("the code in the document prints what is shown")
  func code() throws {
    var lines: [String] = []
    /// Stand in for the library's functions, so that what is printed can be compared, and the check need not be long.
    func print(_ items: Any...) { lines.append(items.map { "\($0)" }.joined(separator: " ")) }
    func checkGradients(
      of module: some Module, at inputs: [DenseArray], _ body: @escaping (Tape, [Variable]) -> Variable
    ) -> GradientReport { Self.check(module, inputs, body) }

    // code: Docs/layers.md 1
    var random = RandomSource(seed: 1)
    let layer = Stacked(layerCount: 2, inputSize: 8, connection: .dense, using: &random) { size, random in
      Bidirectional(inputSize: size, using: &random) { LSTM(inputSize: $0, hiddenSize: 16, using: &$1) }
    }
    let inputs = DenseArray.normal([20, 3, 8], using: &random)  // 20 steps, 3 sequences, 8 features
    let tape = Tape()
    let outputs = layer(tape.constant(inputs), lengths: [20, 7, 12]).outputs
    print(outputs.shape, layer.layers[1].forward.cell.input.inputSize)
    // end

    // code: Docs/layers.md 2
    let hierarchy = StackedCell(
      [
        AnyRecurrentCell(
          SkipInTime(GRU(inputSize: 8 + 16, hiddenSize: 16, using: &random), distance: 3, outputSize: 16)),
        AnyRecurrentCell(PeriodicCell(LSTM(inputSize: 16, hiddenSize: 16, using: &random), period: 4, inputSize: 16)),
      ], connection: .residual)
    print(Recurrent(hierarchy)(tape.constant(inputs)).outputs.shape)
    // end

    // code: Docs/layers.md 3
    let deep = DeepCell(
      GRU(inputSize: 6, hiddenSize: 5, using: &random),
      input: Perceptron(inputSize: 8, layerSizes: [6, 6], using: &random),
      transition: Perceptron(inputSize: 5, layerSizes: [5], hasSkip: true, using: &random),
      output: Perceptron(inputSize: 5, layerSizes: [4], activation: .relu, using: &random))
    print(checkGradients(of: Recurrent(deep), at: [inputs.slice(0..<3)]) { Recurrent(deep)($1[0]).outputs }.passed)
    // end

    // code: Docs/layers.md 5
    let attention = AttentiveReadout(inputSize: 32, attentionSize: 16, using: &random)
    print(LastStep()(outputs, lengths: [20, 7, 12]).shape, attention(outputs, lengths: [20, 7, 12]).shape)
    // end

    // code: Docs/layers.md 7
    let stream = StreamingCell(hierarchy)
    var state = stream.startState(batch: 3)
    for step in 0..<20 {
      let (output, next) = stream.step(inputs.row(step), from: state)
      if step == 19 { print(output.shape, next.step) }
      state = next
    }
    // end
    // code: Docs/layers.md 8
    let options = ScanOptions(isParallel: true)
    let linear = Recurrent(MinGRU(inputSize: 8, hiddenSize: 16, using: &random))
    let first = linear.run(tape.constant(inputs), from: nil, options: options, isTraining: false)
    let gated = Recurrent(GRU(inputSize: 8, hiddenSize: 16, using: &random))
    let second = gated.run(tape.constant(inputs), from: nil, options: options, isTraining: false)
    print(first.scans[0].report.isParallel)
    print(second.scans[0].report.loopReason ?? "")
    // end

    let shown = try Markdown("Docs/layers.md").texts
    #expect(lines.joined(separator: "\n") == shown.joined(separator: "\n"))
  }

  @Test("the wrapper has right derivatives round a cell of the library")
  func wrapper() {
    var random = RandomSource(seed: 2)
    let layer = Recurrent(Residual(cell: LSTM(inputSize: 4, hiddenSize: 4, using: &random)))
    let report = checkGradients(of: layer, at: [DenseArray.normal([3, 2, 4], using: &random)]) { layer($1[0]).outputs }
    #expect(report.passed && report.unused == [], "\(report)")
  }

  @Test("the predictor learns to say the last input again, over sequences that go on from chunk to chunk")
  func training() throws {
    var random = RandomSource(seed: 3)
    var model = Predictor(
      layer: StatefulLayer(Recurrent(GRU(inputSize: 1, hiddenSize: 8, using: &random))),
      readout: Linear(inputSize: 8, outputSize: 1, using: &random))
    let stream = DenseArray.uniform([1201, 4, 1], in: -1..<1, using: &random)
    let chunks = (0..<240).map { index -> (inputs: DenseArray, targets: DenseArray, beginning: [Int]) in
      let start = 1 + 5 * index
      return (stream.slice(start..<start + 5), stream.slice(start - 1..<start + 4), index == 100 ? [2] : [])
    }
    try model.train(on: chunks)
    let tape = Tape()
    let error = model.loss(tape.constant(chunks[239].inputs), targets: chunks[239].targets).item
    // Answering 0 gives the variance of the numbers, 1/3.
    #expect(error < 0.1)
  }
}
