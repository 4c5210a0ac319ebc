import Autodiff
import DenseArrays
import Layers
import Testing

/// Stacked and bidirectional layers over sequences of several lengths, beside PyTorch's own over packed sequences.
@Suite("PyTorch's stacked and bidirectional layers over packed sequences")
struct PyTorchStackTests {
  // Some hundred operations on numbers of size 1, each good to 1e-16, and gradients that sum ten of them.
  private static let tolerance = 1e-12

  @Test("outputs, last states and all gradients agree", arguments: 0..<3)
  func agree(index: Int) throws {
    let golden = try Fixture("composition")["torch"][index]
    var random = RandomSource(seed: 1)
    let (inputSize, size) = (try golden["x"].array.shape[2], try golden["h0"].array.shape[2])
    if try golden["kind"].string == "GRU" {
      try check(golden, .gru, inputSize, &random) { GRU(inputSize: $0, hiddenSize: size, using: &$1) }
    } else {
      try check(golden, .lstm, inputSize, &random) { LSTM(inputSize: $0, hiddenSize: size, using: &$1) }
    }
  }

  private func check<Cell: RecurrentCell>(
    _ golden: Fixture, _ layout: PyTorchLayout, _ inputSize: Int, _ random: inout RandomSource,
    _ makeCell: (Int, inout RandomSource) -> Cell
  ) throws {
    let layerCount = try golden["layers"].integer
    guard try golden["isBidirectional"].integer == 1 else {
      let stack = Stacked(layerCount: layerCount, inputSize: inputSize, using: &random) {
        Recurrent(makeCell($0, &$1))
      }
      let cells = stack.layers.enumerated().map { ("l\($0)", $1.cell) }
      return try compare(stack, cells, golden, layout)
    }
    let stack = Stacked(layerCount: layerCount, inputSize: inputSize, using: &random) {
      Bidirectional(inputSize: $0, using: &$1, makeCell)
    }
    let cells = stack.layers.enumerated().flatMap { index, layer in
      [("l\(index)", layer.forward.cell), ("l\(index)_reverse", layer.backward.cell)]
    }
    try compare(stack, cells, golden, layout)
  }

  private func compare<Layer: SequenceLayer>(
    _ layer: Layer, _ cells: [(suffix: String, cell: some RecurrentCell)], _ golden: Fixture, _ layout: PyTorchLayout
  ) throws {
    for (suffix, cell) in cells {
      cell.convert(to: .float64)
      try cell.load(layout.arrays(golden["parameters"], suffix: suffix, areGradients: false))
    }
    let tape = Tape(scalarType: .float64)
    let x = tape.variable(try golden["x"].array)
    let lengths = try (0..<x.shape[1]).map { try golden["lengths"][$0].integer }
    let kinds = golden.keys.contains("c0") ? ["h", "c"] : ["h"]
    // PyTorch has all h of all layers and directions in one array, and all c in another.
    let starts = try kinds.map { tape.variable(try golden["\($0)0"].array) }
    let state = layer.startState(batch: x.shape[1], on: tape).replacing(
      with: cells.indices.flatMap { index in starts.map { $0[index] } })

    let (outputs, last) = layer(x, from: state, lengths: lengths)
    expectClose(outputs.value, try golden["out"].array, tolerance: Self.tolerance, "out")
    var loss = (outputs * tape.constant(try golden["out_weights"].array)).sum()
    for (position, kind) in kinds.enumerated() {
      let arrays = last.variables.enumerated().filter { $0.offset % kinds.count == position }.map(\.element)
      let all = stack(arrays)
      expectClose(all.value, try golden["\(kind)T"].array, tolerance: Self.tolerance, "\(kind)T")
      loss = loss + (all * tape.constant(try golden["\(kind)T_weights"].array)).sum()
    }

    let gradients = tape.gradients(of: loss)
    expectClose(gradients[x], try golden["x_gradient"].array, tolerance: Self.tolerance, "x")
    for (kind, start) in zip(kinds, starts) {
      expectClose(gradients[start], try golden["\(kind)0_gradient"].array, tolerance: Self.tolerance, "\(kind)0")
    }
    for (suffix, cell) in cells {
      let parameters = cell.parameters
      for (name, value) in try layout.arrays(golden["gradients"], suffix: suffix, areGradients: true) {
        expectClose(gradients[try #require(parameters[name])], value, tolerance: Self.tolerance, "\(suffix) \(name)")
      }
    }
  }
}
