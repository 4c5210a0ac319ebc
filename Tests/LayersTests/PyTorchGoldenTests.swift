import Autodiff
import DenseArrays
import Layers
import Testing

@Suite("PyTorch's recurrent layers")
struct PyTorchGoldenTests {
  // float64: some hundred operations on numbers of size 1, each good to 1e-16, and gradients that sum ten of them.
  // float32: the same with 6e-8.
  static let types: [(type: ScalarType, tolerance: Double)] = [(.float64, 1e-12), (.float32, 1e-5)]

  @Test("outputs, last states and all gradients agree", arguments: 0..<5, types.indices)
  func agree(index: Int, type: Int) throws {
    let (scalarType, tolerance) = Self.types[type]
    let fixture = try Fixture("pytorch_rnn")["cases"][index]
    let isBidirectional = try fixture["options"].keys.contains("bidirectional")
    let layers = try fixture["options"].keys.contains("num_layers") ? 2 : 1
    let suffixes = isBidirectional ? ["l0", "l0_reverse"] : (0..<layers).map { "l\($0)" }
    let (inputSize, hiddenSize) = (try fixture["I"].integer, try fixture["H"].integer)
    var random = RandomSource(seed: 1)
    func run<Cell: RecurrentCell>(_ layout: PyTorchLayout, _ makeCell: (Int, inout RandomSource) -> Cell) throws {
      let cells = (0..<suffixes.count).map { index in
        makeCell(index == 0 || isBidirectional ? inputSize : hiddenSize, &random)
      }
      try check(
        cells, layout, suffixes, isBidirectional: isBidirectional, fixture, scalarType: scalarType, tolerance: tolerance
      )
    }
    switch try fixture["kind"].string {
    case "RNN": try run(.elman) { Elman(inputSize: $0, hiddenSize: hiddenSize, using: &$1) }
    case "LSTM": try run(.lstm) { LSTM(inputSize: $0, hiddenSize: hiddenSize, using: &$1) }
    case "GRU": try run(.gru) { GRU(inputSize: $0, hiddenSize: hiddenSize, using: &$1) }
    case let kind: Issue.record("unknown kind \(kind)")
    }
  }

  private func check<Cell: RecurrentCell>(
    _ cells: [Cell], _ layout: PyTorchLayout, _ suffixes: [String], isBidirectional: Bool, _ fixture: Fixture,
    scalarType: ScalarType, tolerance: Double
  ) throws {
    for (cell, suffix) in zip(cells, suffixes) {
      cell.convert(to: .float64)
      try cell.load(layout.arrays(fixture["parameters"], suffix: suffix, areGradients: false))
      cell.convert(to: scalarType)
    }
    let tape = Tape(scalarType: scalarType)
    func leaf(_ array: DenseArray) -> Variable { tape.variable(array.converted(to: scalarType)) }
    func constant(_ array: DenseArray) -> Variable { tape.constant(array.converted(to: scalarType)) }

    // The arrays of a state in PyTorch's names, [layers, batch, size] each.
    let kinds = fixture.keys.contains("c0") ? ["h", "c"] : ["h"]
    let x = leaf(try fixture["x"].array)
    let starts = try kinds.map { leaf(try fixture["\($0)0"].array) }
    var outputs = x
    var sides: [Variable] = []
    var finals: [Cell.State] = []
    for (index, cell) in cells.enumerated() {
      let zero = cell.zeroState(batch: x.shape[1], on: tape)
      let layer = Recurrent(cell)
      let (y, last) = layer(
        isBidirectional ? x : outputs, from: zero.replacing(with: starts.map { $0[index] }),
        direction: isBidirectional && index == 1 ? .backward : .forward)
      outputs = y
      sides.append(y)
      finals.append(last)
    }
    if isBidirectional { outputs = concatenate(sides, axis: -1) }
    expectClose(outputs.value, try fixture["out"].array, tolerance: tolerance, "out")

    var loss = (outputs * constant(try fixture["out_weights"].array)).sum()
    for (position, kind) in kinds.enumerated() {
      let last = stack(finals.map { $0.variables[position] })
      expectClose(last.value, try fixture["\(kind)T"].array, tolerance: tolerance, "\(kind)T")
      loss = loss + (last * constant(try fixture["\(kind)T_weights"].array)).sum()
    }
    expectClose(loss.value, try fixture["loss"].array, tolerance: tolerance, "loss")

    let gradients = tape.gradients(of: loss)
    expectClose(gradients[x], try fixture["x_gradient"].array, tolerance: tolerance, "x")
    for (kind, start) in zip(kinds, starts) {
      expectClose(gradients[start], try fixture["\(kind)0_gradient"].array, tolerance: tolerance, "\(kind)0")
    }
    for (cell, suffix) in zip(cells, suffixes) {
      let expected = try layout.arrays(fixture["gradients"], suffix: suffix, areGradients: true)
      let parameters = cell.parameters
      #expect(parameters.count == expected.count)
      for (name, value) in expected {
        let parameter = try #require(parameters[name])
        expectClose(gradients[parameter], value, tolerance: tolerance, "\(suffix) \(name)")
      }
    }
  }
}
