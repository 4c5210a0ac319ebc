public import Autodiff
public import DenseArrays

/// The clockwork network: groups of units with periods 1, 2, 4, ..., which change only when their period is up.
///
///     at step t, for each group i whose period divides t:
///     h_i = tanh(W_i x + sum of U_ij h'_j over the groups j with periods at least that of i + b_i)
///     all other groups keep h'_i
///
/// Source: Koutnik, Greff, Gomez and Schmidhuber, "A clockwork RNN", 2014. Slow groups speak to fast ones and not
/// the other way; at least one public copy has it reversed. The step counter is part of the state.
///
/// Parameters: n d + n^2 + n for inputs of size d and n hidden units, of which the blocks of U below the diagonal, less
/// than half of n^2, have no effect.
///
/// Initialisation: W Glorot uniform, U orthogonal, b zero.
public struct ClockworkRNN: RecurrentCell {
  /// The units, [batch, n], and the number of steps so far, [batch, 1].
  public typealias State = CountedState<Variable>

  /// W and b.
  public let input: Linear
  /// U: [n, n].
  public let recurrentWeights: Parameter
  /// The period of each unit, in rising order.
  public let periods: [Int]
  private var derived: (weights: Variable, periods: Variable)?

  /// A cell with new parameters of type float32 and that many groups of about equal size.
  public init(inputSize: Int, hiddenSize: Int, groupCount: Int = 4, using random: inout RandomSource) {
    input = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
    recurrentWeights = Parameter(.orthogonal(), [hiddenSize, hiddenSize], using: &random)
    let groups = min(groupCount, hiddenSize)
    periods = (0..<hiddenSize).map { 1 << ($0 * groups / hiddenSize) }
  }

  public func zeroState(batch: Int, on tape: Tape) -> State {
    State(tape.zeros([batch, periods.count]), time: tape.zeros([batch, 1]))
  }

  public func prepared(on tape: Tape) -> ClockworkRNN {
    var cell = self
    cell.derived = derivedValues(on: tape)
    return cell
  }

  public func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    let (h, time) = (state.state, state.time)
    let derived = derived ?? derivedValues(on: x.tape)
    let new = tanh(input(x) + matmul(h, derived.weights, transposeSecond: true))
    let y = select(modulo(time, derived.periods), h, new)
    return (y, State(y, time: time + 1))
  }

  /// U without the blocks from fast to slow groups, and the periods.
  private func derivedValues(on tape: Tape) -> (weights: Variable, periods: Variable) {
    let n = periods.count
    let mask = (0..<n * n).map { periods[$0 % n] >= periods[$0 / n] ? 1 : 0.0 }
    return (
      tape.parameter(recurrentWeights) * tape.constant(DenseArray(mask, shape: [n, n]).converted(to: tape.scalarType)),
      tape.constant(DenseArray(periods.map(Double.init), shape: [n]).converted(to: tape.scalarType))
    )
  }
}
