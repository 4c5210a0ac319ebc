import CellComparison
import Tapestry
import Testing

// code: Docs/regularization.md 3
struct Regularized<Cell: RecurrentCell>: Module {
  let layer: Recurrent<Cell>
  let between: Dropout
  let readout: Linear

  func loss(_ inputs: Variable, isTraining: Bool) -> Variable {
    let outputs = between(layer(inputs, isTraining: isTraining).outputs, isTraining: isTraining)
    return square(readout(outputs) - 1).mean()
  }
}
// end

// code: Docs/regularization.md 4
struct NoisyWeights<Cell: RecurrentCell>: CellWrapper {
  var cell: Cell
  let deviation: Double

  func step(_ x: Variable, _ state: Cell.State, _ context: StepContext) -> (output: Variable, state: Cell.State) {
    guard context.isTraining else { return cell.step(x, state, context) }
    var overrides = Overrides()
    for (site, (_, weights)) in cell.parameters.enumerated() {
      let noise = context.sequenceRandom(.normal, shape: weights.shape, site: site)
      overrides.replace(weights, with: context.tape.parameter(weights) + deviation * noise)
    }
    return context.tape.overriding(overrides) { cell.step(x, state, context) }
  }
}
// end

@Suite("Regularised and normalised cells")
struct RegularizationDocumentTests {
  @Test("the code in the document prints what is shown")
  func code() throws {
    var lines: [String] = []
    /// Stands in for the library's function, so that what is printed can be compared.
    func print(_ items: Any...) { lines.append(items.map { "\($0)" }.joined(separator: " ")) }

    // code: Docs/regularization.md 1
    var random = RandomSource(seed: 1)
    let lstm = LSTM(inputSize: 8, hiddenSize: 16, using: &random)
    let cell = Zoneout(
      DropConnect(LayerNormalized(lstm, placement: .products, using: &random), rate: 0.5, using: &random),
      rates: [0.05, 0.5], using: &random)
    let layer = Recurrent(cell)
    let readout = Linear(inputSize: 16, outputSize: 1, using: &random)
    let between = Dropout(rate: 0.3, using: &random)
    // end

    // code: Docs/regularization.md 2
    print(layer.parameters.count, layer.parameters[0].name, layer.parameters[12].name)
    // end

    // code: Docs/regularization.md 3
    let model = Regularized(layer: layer, between: between, readout: readout)
    var optimizer = Adam(model.parameters, learningRate: 0.01)
    let tape = Tape()
    for step in 0..<3 {
      tape.reset()
      tape.randomSeed = UInt64(step)
      let loss = model.loss(tape.constant(.normal([20, 4, 8], using: &random)), isTraining: true)
      try optimizer.update(with: tape.gradients(of: loss))
    }
    // end

    // code: Docs/regularization.md 5
    let noisy = Recurrent(NoisyWeights(cell: GRU(inputSize: 3, hiddenSize: 4, using: &random), deviation: 0.1))
    let data = DenseArray.normal([4, 2, 3], using: &random)
    print(checkGradients(of: noisy, at: [data]) { noisy($1[0], isTraining: true).outputs }.passed)
    // end

    // code: Docs/regularization.md 6
    let sequences = DenseArray.normal([20, 2, 8], using: &random)
    let recording = GateRecording(of: layer, on: sequences, steps: 5..<15) { square($0).sum() }
    print(recording.maps.map(\.name))
    if let forget = recording["forget gate"] { print(forget.values.shape, forget.gradients?.shape ?? []) }
    // end

    #expect(lines.joined(separator: "\n") == (try Markdown("Docs/regularization.md").texts.joined(separator: "\n")))
  }
}
