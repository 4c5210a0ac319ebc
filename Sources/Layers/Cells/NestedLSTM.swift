public import Autodiff
public import DenseArrays

/// The nested LSTM, whose memory is the output of an inner LSTM.
///
///     i, f, o = sigmoid(W x + U h' + b)           gates of the outer cell
///     g = Wg x + Ug h' + bg                       candidate, without an activation
///     c, m = inner LSTM of input i * g and hidden state f * c', with a memory m of its own
///     h = o * tanh(c)
///
/// Source: Moniz and Krueger, "Nested LSTMs", 2018. A widely copied port adds i and g where the paper
/// multiplies.
///
/// Parameters: 4 (n d + n^2 + n) + 4 (2 n^2 + n) for inputs of size d and n hidden units.
///
/// Initialisation: as `LSTM`, both forget biases 1.
public struct NestedLSTM: RecurrentCell {
  /// Output and memory, and the inner cell's memory, [batch, n] each.
  public typealias State = StatePair<LSTM.State, Variable>

  /// The sums of the outer cell.
  public let outer: LSTM
  /// The cell that keeps the memory.
  public let inner: LSTM

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    outer = LSTM(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    inner = LSTM(inputSize: hiddenSize, hiddenSize: hiddenSize, using: &random)
  }

  public func zeroState(batch: Int, on tape: Tape) -> State {
    State(outer.zeroState(batch: batch, on: tape), tape.zeros([batch, outer.stateSize]))
  }

  public func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    let h = state.first.hidden
    let i = sigmoid(outer.input(x, h)).named("input gate")
    let f = sigmoid(outer.forget(x, h)).named("forget gate")
    let o = sigmoid(outer.output(x, h)).named("output gate")
    let (c, m) = inner.step(i * outer.candidate(x, h), f * state.first.memory, state.second)
    let y = o * tanh(c)
    return (y, State(LSTM.State(hidden: y, memory: c), m))
  }
}
