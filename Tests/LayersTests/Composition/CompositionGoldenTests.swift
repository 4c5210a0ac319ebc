import Autodiff
import DenseArrays
import Layers
import Testing

/// Beside values from loops over the equations in NumPy; the fixture's notes tell how they were made.
@Suite("Cells made of cells and read-outs beside their equations")
struct CompositionGoldenTests {
  private let fixture: Fixture

  init() throws { fixture = try Fixture("composition") }

  private static let size = 4

  private static func lstm(_ inputSize: Int, _ random: inout RandomSource) -> LSTM {
    LSTM(inputSize: inputSize, hiddenSize: size, using: &random)
  }

  private static func makeCell(_ name: String) -> (any RecurrentCell)? {
    var random = RandomSource(seed: 1)
    if let connection = StackConnection(rawValue: name) {
      return StackedCell(layerCount: 3, inputSize: 3, connection: connection, using: &random, lstm)
    }
    switch name {
    case "deep":
      return DeepCell(
        lstm(6, &random), input: Perceptron(inputSize: 3, layerSizes: [5, 6], hasSkip: true, using: &random),
        transition: Perceptron(inputSize: 4, layerSizes: [4], hasSkip: true, using: &random),
        output: Perceptron(inputSize: 4, layerSizes: [5, 2], using: &random))
    case "fastSlow":
      return FastSlowCell(fastCount: 3, inputSize: 3, using: &random, fast: lstm) {
        LSTM(inputSize: $0, hiddenSize: 5, using: &$1)
      }
    case "periodic": return PeriodicCell(lstm(3, &random), period: 3, inputSize: 3)
    case "clockwork":
      return ClockworkCell(
        [
          PeriodicCell(Elman(inputSize: 3 + 3 + 4, hiddenSize: 2, using: &random), period: 1, inputSize: 10),
          PeriodicCell(Elman(inputSize: 3 + 4, hiddenSize: 3, using: &random), period: 2, inputSize: 7),
          PeriodicCell(Elman(inputSize: 3, hiddenSize: 4, using: &random), period: 4, inputSize: 3),
        ])
    case "skip":
      return SkipInTime(Elman(inputSize: 3 + 4, hiddenSize: 4, using: &random), distance: 3, outputSize: 4)
    case "dilated": return DilatedCell(lstm(3, &random), dilation: 3)
    default: return nil
    }
  }

  private func load(_ module: some Module, _ parameters: Fixture) throws {
    module.convert(to: .float64)
    try module.load(parameters.keys.map { name in (name, try parameters[name].array) })
  }

  // Some hundred operations on numbers of size 1, each good to 1e-16.
  @Test("outputs are the equations'", arguments: 0..<9)
  func outputs(index: Int) throws {
    let golden = try fixture["cases"][index]
    let name = try golden["name"].string
    func check(_ cell: some RecurrentCell) throws {
      try load(cell, golden["parameters"])
      let tape = Tape(scalarType: .float64)
      let outputs = Recurrent(cell)(tape.constant(try fixture["x"].array)).outputs
      expectClose(outputs.value, try golden["outputs"].array, tolerance: 1e-13, name)
    }
    let cell = try #require(Self.makeCell(name), "no cell \(name)")
    try check(cell)
  }

  @Test("clocks of Elman cells are the clockwork network")
  func clockwork() throws {
    var random = RandomSource(seed: 3)
    let (sizes, periods) = ([2, 2, 2], [1, 2, 4])
    let whole = ClockworkRNN(inputSize: 3, hiddenSize: 6, groupCount: 3, using: &random)
    whole.scatter(using: &random)
    #expect(whole.periods == [1, 1, 2, 2, 4, 4])
    let groups = ClockworkCell(periods: periods, inputSize: 3, using: &random) {
      Elman(inputSize: $0, hiddenSize: 2, using: &$1)
    }
    groups.convert(to: .float64)
    let (w, u, b) = (whole.input.weights.value, whole.recurrentWeights.value, whole.input.bias?.value ?? w0)
    for (index, group) in groups.groups.enumerated() {
      let (first, slower) = (index * 2, sizes[(index + 1)...].reduce(0, +))
      let hidden = group.cell.hidden
      hidden.inputWeights.update { weights in
        for row in 0..<2 {
          for column in 0..<3 { weights[row, column] = w[first + row, column] }
          for column in 0..<slower { weights[row, 3 + column] = u[first + row, first + 2 + column] }
        }
      }
      hidden.recurrentWeights.update { weights in
        for row in 0..<2 { for column in 0..<2 { weights[row, column] = u[first + row, first + column] } }
      }
      hidden.bias?.update { bias in for row in 0..<2 { bias[row] = b[first + row] } }
    }
    let tape = Tape(scalarType: .float64)
    let x = tape.constant(normal([9, 2, 3]))
    expectClose(Recurrent(groups)(x).outputs.value, Recurrent(whole)(x).outputs.value, tolerance: 1e-14, "outputs")
  }

  private let w0 = DenseArray(zeros: [6], .float64)

  @Test("read-outs are the equations', and sequences without steps have zeros")
  func readouts() throws {
    let golden = try fixture["readouts"]
    var random = RandomSource(seed: 1)
    let attentive = AttentiveReadout(inputSize: Self.size, attentionSize: 5, using: &random)
    try load(attentive, golden["parameters"])
    let lengths = [7, 3, 0]
    #expect(try (0..<3).map { try golden["lengths"][$0].integer } == lengths)
    let tape = Tape(scalarType: .float64)
    let y = tape.constant(try golden["y"].array)
    let readouts: [(String, any Readout)] = [
      ("last", LastStep()), ("mean", MeanOverTime()), ("max", MaxOverTime()), ("attentive", attentive),
    ]
    for (name, readout) in readouts {
      let found = readout(y, lengths: lengths).value
      expectClose(found, try golden[name].array, tolerance: 1e-14, name)
      // The first sequence has all steps.
      let whole = readout(y.slice(axis: 1, 0..<1)).value
      expectClose(whole, try golden[name].array.slice(0..<1), tolerance: 1e-14, "\(name) without lengths")
    }
  }
}
