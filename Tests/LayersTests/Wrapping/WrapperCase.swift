import Autodiff
import DenseArrays
import Layers
import Testing

/// A wrapper round a cell, for tests over all that go together.
struct WrapperCase: CustomTestStringConvertible, Sendable {
  enum Wrapper: String, CaseIterable, Sendable {
    case inputDropout, variationalDropout, untiedDropout, recurrentDropout, sequenceDropout, zoneout, dropConnect
    case normedProducts, normedSums, normedStates, weightNorm, multiplicative, batchNorm, nested
  }

  enum Base: String, CaseIterable, Sendable { case elman, lstm, gru, gruResetBefore, antisymmetric, users }

  let wrapper: Wrapper
  let base: Base

  var testDescription: String { "\(wrapper) of \(base)" }

  static let all: [WrapperCase] = Wrapper.allCases.flatMap { wrapper in
    Base.allCases.map { WrapperCase(wrapper: wrapper, base: $0) }.filter(\.isPossible)
  }

  static let stochastic = all.filter(\.isStochastic)

  var isStochastic: Bool {
    [.inputDropout, .variationalDropout, .untiedDropout, .recurrentDropout, .sequenceDropout, .zoneout, .dropConnect]
      .contains(wrapper)
  }

  private var isPossible: Bool {
    switch wrapper {
    case .recurrentDropout, .sequenceDropout: base != .elman  // which has no candidate
    case .normedSums, .multiplicative: [.elman, .lstm, .gruResetBefore].contains(base)
    case .variationalDropout, .untiedDropout: base != .antisymmetric  // which multiplies by weights that it makes
    default: true
    }
  }

  /// A cell in float64 of 3 inputs and 4 units, whose biases are not zero.
  func make(rate: Double = 0.4, seed: UInt64 = 4) -> any RecurrentCell {
    var random = RandomSource(seed: seed)
    let cell = wrapped(makeBase(&random), rate, &random)
    for (_, parameter) in cell.parameters {
      let change = DenseArray.normal(parameter.shape, standardDeviation: 0.1, .float64, using: &random).elements
      parameter.value = DenseArray(
        zip(parameter.value.elements, change).map { $0 + $1 }, shape: parameter.shape)
    }
    cell.convert(to: .float64)
    return cell
  }

  func makeBase(_ random: inout RandomSource) -> any RecurrentCell {
    switch base {
    case .elman: Elman(inputSize: 3, hiddenSize: 4, using: &random)
    case .lstm: LSTM(inputSize: 3, hiddenSize: 4, using: &random)
    case .gru: GRU(inputSize: 3, hiddenSize: 4, using: &random)
    case .gruResetBefore: GRUResetBefore(inputSize: 3, hiddenSize: 4, using: &random)
    case .antisymmetric: AntisymmetricRNN(inputSize: 3, hiddenSize: 4, using: &random)
    case .users: UsersCell(using: &random)
    }
  }

  func wrapped<Cell: RecurrentCell>(_ cell: Cell, _ rate: Double, _ random: inout RandomSource) -> any RecurrentCell {
    switch wrapper {
    case .inputDropout: InputDropout(cell, rate: rate, using: &random)
    case .variationalDropout: VariationalDropout(cell, inputRate: rate, recurrentRate: rate, using: &random)
    case .untiedDropout:
      VariationalDropout(cell, inputRate: rate, recurrentRate: rate, isTied: false, using: &random)
    case .recurrentDropout: RecurrentDropout(cell, rate: rate, using: &random)
    case .sequenceDropout: RecurrentDropout(cell, rate: rate, isPerSequence: true, using: &random)
    case .zoneout: Zoneout(cell, rate: rate, using: &random)
    case .dropConnect: DropConnect(cell, rate: rate, using: &random)
    case .normedProducts: LayerNormalized(cell, placement: .products, using: &random)
    case .normedSums: LayerNormalized(cell, placement: .sums, using: &random)
    case .normedStates: LayerNormalized(cell, placement: .states, using: &random)
    case .weightNorm: WeightNormalized(cell)
    case .multiplicative: MultiplicativelyIntegrated(cell, using: &random)
    case .batchNorm: BatchNormalized(cell, steps: 3, using: &random)
    case .nested:
      nest(cell, rate, &random)
    }
  }
}

/// Five wrappers, one in another.
private func nest<Cell: RecurrentCell>(_ cell: Cell, _ rate: Double, _ random: inout RandomSource) -> any RecurrentCell
{
  let dropped = InputDropout(cell, rate: rate, using: &random)
  let normed = WeightNormalized(LayerNormalized(dropped, placement: .products, using: &random))
  return Zoneout(DropConnect(normed, rate: rate, using: &random), rate: rate, using: &random)
}

/// A cell as somebody might write it: weights of its own, a state of two arrays, an output that is neither.
struct UsersCell: RecurrentCell {
  let inputWeights, recurrentWeights, bias: Parameter
  let decay: Linear

  init(using random: inout RandomSource) {
    inputWeights = Parameter(.glorotUniform(), [4, 3], using: &random)
    recurrentWeights = Parameter(.orthogonal(), [4, 4], using: &random)
    bias = Parameter(.zeros, [4], using: &random)
    decay = Linear(inputSize: 3, outputSize: 4, using: &random)
  }

  func zeroState(batch: Int, on tape: Tape) -> StatePair<Variable, Variable> {
    StatePair(tape.zeros([batch, 4]), tape.zeros([batch, 4]))
  }

  func step(
    _ x: Variable, _ state: StatePair<Variable, Variable>, _ context: StepContext
  ) -> (output: Variable, state: StatePair<Variable, Variable>) {
    let sum = affine(x, weights: inputWeights, bias: bias) + affine(state.first, weights: recurrentWeights)
    let h = tanh(sum).named("candidate")
    let trace = sigmoid(decay(x)) * state.second + h
    return (h - 0.5 * trace, StatePair(h, trace))
  }
}
