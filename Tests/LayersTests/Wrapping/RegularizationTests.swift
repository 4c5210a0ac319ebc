import Autodiff
import DenseArrays
import Testing

@testable import Layers

/// Stochastic wrappers of an LSTM against loops over numbers with the same masks.
@Suite("Regularised cells are what their equations say")
struct RegularizationTests {
  private static let (time, batch, size) = (6, 3, 4)
  private static let seed: UInt64 = 77
  private let cell: LSTM
  private let inputs: DenseArray

  init() {
    var random = RandomSource(seed: 3)
    cell = LSTM(inputSize: 3, hiddenSize: Self.size, using: &random)
    cell.convert(to: .float64)
    inputs = DenseArray.normal([Self.time, Self.batch, 3], .float64, using: &random)
  }

  private func outputs(_ cell: some RecurrentCell, isTraining: Bool = true) -> DenseArray {
    let tape = Tape(scalarType: .float64)
    tape.randomSeed = Self.seed
    return Recurrent(cell)(tape.constant(inputs), isTraining: isTraining).outputs.value
  }

  /// What is drawn at a step, or for the whole sequence.
  private func draw(_ probability: Double, _ shape: Shape, site: Int, step: Int = -1) -> DenseArray {
    let tape = Tape(scalarType: .float64)
    tape.randomSeed = Self.seed
    return tape.random(.bernoulli(probability), shape: shape, site: site, step: step).value
  }

  private func scaled(_ values: [Double], _ mask: [Double], _ keep: Double) -> [Double] {
    zip(values, mask).map { $0 * $1 / keep }
  }

  // Some hundred roundings of numbers of size 1.
  private func expectEqual(_ found: DenseArray, _ plain: PlainLSTM) {
    expectClose(found, plain.outputs(inputs), tolerance: 1e-13, "outputs")
    // The masks matter.
    #expect(found.maximumDifference(from: PlainLSTM(cell).outputs(inputs)) > 1e-3)
  }

  @Test("the plain loop is the cell")
  func plain() { expectClose(outputs(cell), PlainLSTM(cell).outputs(inputs), tolerance: 1e-13, "outputs") }

  @Test("input dropout: another mask at each step")
  func inputDropout() {
    var random = RandomSource(seed: 8)
    let wrapped = InputDropout(cell, rate: 0.4, using: &random)
    var plain = PlainLSTM(cell)
    plain.input = { t, row, x in
      scaled(x, draw(0.6, [Self.batch, 3], site: wrapped.site, step: t).row(row).elements, 0.6)
    }
    expectEqual(outputs(wrapped), plain)
  }

  @Test("variational dropout: one mask a sequence on inputs and in products", arguments: [true, false])
  func variationalDropout(isTied: Bool) {
    var random = RandomSource(seed: 8)
    let wrapped = VariationalDropout(cell, inputRate: 0.2, recurrentRate: 0.5, isTied: isTied, using: &random)
    var plain = PlainLSTM(cell)
    let inputMask = draw(0.8, [Self.batch, 3], site: wrapped.site)
    let masks = (0..<4).map { draw(0.5, [Self.batch, Self.size], site: wrapped.site + 1 + (isTied ? 0 : $0)) }
    #expect(isTied == masks[0].isBitIdentical(to: masks[3]))
    plain.input = { _, row, x in scaled(x, inputMask.row(row).elements, 0.8) }
    plain.recurrent = { gate, row, h in scaled(h, masks[gate].row(row).elements, 0.5) }
    expectEqual(outputs(wrapped), plain)
  }

  @Test("recurrent dropout: the candidate only", arguments: [true, false])
  func recurrentDropout(isPerSequence: Bool) {
    var random = RandomSource(seed: 8)
    let wrapped = RecurrentDropout(cell, rate: 0.3, isPerSequence: isPerSequence, using: &random)
    var plain = PlainLSTM(cell)
    plain.candidate = { t, row, g in
      let mask = draw(0.7, [Self.batch, Self.size], site: wrapped.site, step: isPerSequence ? -1 : t)
      return scaled(g, mask.row(row).elements, 0.7)
    }
    expectEqual(outputs(wrapped), plain)
  }

  @Test("zoneout in training: units of each array keep their old state, by a rate for each array")
  func zoneoutInTraining() {
    var random = RandomSource(seed: 8)
    let rates = [0.3, 0.6]
    let wrapped = Zoneout(cell, rates: rates, using: &random)
    var plain = PlainLSTM(cell)
    plain.state = { t, row, array, old, new in
      let mask = draw(rates[array], [Self.batch, Self.size], site: wrapped.site + array, step: t).row(row).elements
      return new.indices.map { mask[$0] == 1 ? old[$0] : new[$0] }
    }
    expectEqual(outputs(wrapped), plain)
  }

  @Test("zoneout in evaluation: the expectation of old and new")
  func zoneoutInEvaluation() {
    var random = RandomSource(seed: 8)
    let rates = [0.3, 0.6]
    var plain = PlainLSTM(cell)
    plain.state = { _, _, array, old, new in
      zip(old, new).map { rates[array] * $0 + (1 - rates[array]) * $1 }
    }
    expectEqual(outputs(Zoneout(cell, rates: rates, using: &random), isTraining: false), plain)
  }

  @Test("DropConnect: one mask a sequence on recurrent weights, for all members of the batch")
  func dropConnect() {
    var random = RandomSource(seed: 8)
    let wrapped = DropConnect(cell, rate: 0.5, using: &random)
    var plain = PlainLSTM(cell)
    plain.weights = { gate, u in
      let mask = draw(0.5, [Self.size, Self.size], site: wrapped.site + gate)
      return u.indices.map { scaled(u[$0], mask.row($0).elements, 0.5) }
    }
    expectEqual(outputs(wrapped), plain)
  }

  @Test("DropConnect of chosen weights leaves the others")
  func dropConnectOfChosen() {
    var random = RandomSource(seed: 8)
    let wrapped = DropConnect(cell, rate: 0.5, weights: { $0 == "forget.recurrentWeights" }, using: &random)
    var plain = PlainLSTM(cell)
    plain.weights = { gate, u in
      let mask = draw(0.5, [Self.size, Self.size], site: wrapped.site)
      return gate == 1 ? u.indices.map { scaled(u[$0], mask.row($0).elements, 0.5) } : u
    }
    expectEqual(outputs(wrapped), plain)
  }

  @Test("wrappers nest: the inner one sees the weights that the outer one made")
  func nesting() {
    var random = RandomSource(seed: 8)
    let inner = DropConnect(cell, rate: 0.5, using: &random)
    let wrapped = WeightNormalized(inner, weights: CellWeights.isRecurrent)
    let gains = wrapped.parameters.filter { $0.name.hasPrefix("gains.") }.map(\.parameter)
    #expect(gains.count == 4)
    for gain in gains { gain.value = DenseArray(repeating: 2, shape: gain.shape, .float64) }
    var plain = PlainLSTM(cell)
    plain.weights = { gate, u in
      let mask = draw(0.5, [Self.size, Self.size], site: inner.site + gate)
      return u.indices.map { row in
        let length = u[row].reduce(0) { $0 + $1 * $1 }.squareRoot()
        return scaled(u[row].map { 2 * $0 / length }, mask.row(row).elements, 0.5)
      }
    }
    expectEqual(outputs(wrapped), plain)
  }

  @Test("dropout between layers: 0, or the number scaled up, as drawn for the layer")
  func betweenLayers() {
    var random = RandomSource(seed: 8)
    let dropout = Dropout(rate: 0.25, using: &random)
    let tape = Tape(scalarType: .float64)
    tape.randomSeed = Self.seed
    let x = tape.constant(inputs)
    let mask = draw(0.75, inputs.shape, site: dropout.site, step: 0)
    let expected = zip(inputs.elements, mask.elements).map { $0 * $1 / 0.75 }
    #expect(dropout(x, isTraining: true).value.elements == expected)
    #expect(expected.contains(0))
    #expect(dropout(x, isTraining: false).isSame(as: x))
    #expect(Dropout(rate: 0, using: &random)(x, isTraining: true).isSame(as: x))
  }

  @Test("other wrappers, other seeds: other masks")
  func independence() {
    var random = RandomSource(seed: 8)
    let first = outputs(Zoneout(cell, rate: 0.5, using: &random))
    #expect(!first.isBitIdentical(to: outputs(Zoneout(cell, rate: 0.5, using: &random))))
    var again = RandomSource(seed: 8)
    let wrapped = Zoneout(cell, rate: 0.5, using: &again)
    #expect(first.isBitIdentical(to: outputs(wrapped)))
    let tape = Tape(scalarType: .float64)
    tape.randomSeed = Self.seed + 1
    let other = Recurrent(wrapped)(tape.constant(inputs), isTraining: true).outputs.value
    #expect(!first.isBitIdentical(to: other))
  }
}
