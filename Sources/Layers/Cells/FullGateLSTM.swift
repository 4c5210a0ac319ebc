public import Autodiff
public import DenseArrays

/// The peephole LSTM with full gate recurrence: each gate hears all three gates of the step before.
///
///     i = sigmoid(Wi x + Ui h' + pi * c' + Rii i' + Rif f' + Rio o' + bi)     input gate
///     f = sigmoid(Wf x + Uf h' + pf * c' + Rfi i' + Rff f' + Rfo o' + bf)     forget gate
///     g = tanh(Wg x + Ug h' + bg)                                             candidate
///     c = f * c' + i * g                                                      memory
///     o = sigmoid(Wo x + Uo h' + po * c + Roi i' + Rof f' + Roo o' + bo)      output gate
///     h = o * tanh(c)                                                         output
///
/// Source: Hochreiter and Schmidhuber 1997; the variant FGR of Greff et al., "LSTM: a search space odyssey", 2017. The
/// nine matrices are held as three of n x 3n. Before the first step all gates are 0.
///
/// Parameters: 4 (n d + n^2 + n) + 3 n + 9 n^2 for inputs of size d and n hidden units.
///
/// Initialisation: as `PeepholeLSTM`; gate recurrence orthogonal.
public struct FullGateLSTM: RecurrentCell {
  /// Output and memory, [batch, n] each, and the gates i, f and o side by side, [batch, 3n].
  public typealias State = StatePair<LSTM.State, Variable>

  /// W, U, b and p of the input gate.
  public let input: PeepholeLSTM.PeepholeGate
  /// W, U, b and p of the forget gate.
  public let forget: PeepholeLSTM.PeepholeGate
  /// Wg, Ug and bg.
  public let candidate: Gate
  /// W, U, b and p of the output gate.
  public let output: PeepholeLSTM.PeepholeGate
  /// [Rii Rif Rio].
  public let inputRecurrence: Linear
  /// [Rfi Rff Rfo].
  public let forgetRecurrence: Linear
  /// [Roi Rof Roo].
  public let outputRecurrence: Linear

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    func gate(_ bias: Initializer = .zeros) -> PeepholeLSTM.PeepholeGate {
      PeepholeLSTM.PeepholeGate(inputSize: inputSize, hiddenSize: hiddenSize, bias: bias, using: &random)
    }
    func recurrence() -> Linear {
      Linear(
        inputSize: 3 * hiddenSize, outputSize: hiddenSize, initializer: .orthogonal(), biasInitializer: nil,
        using: &random)
    }
    input = gate()
    forget = gate(.forgetBias)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    output = gate()
    inputRecurrence = recurrence()
    forgetRecurrence = recurrence()
    outputRecurrence = recurrence()
  }

  public func zeroState(batch: Int, on tape: Tape) -> State {
    let zero = tape.zeros([batch, candidate.hiddenSize])
    return State(LSTM.State(hidden: zero, memory: zero), tape.zeros([batch, 3 * candidate.hiddenSize]))
  }

  public func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    let (h, c, gates) = (state.first.hidden, state.first.memory, state.second)
    let i = input(x, h, c, plus: inputRecurrence(gates)).named("input gate")
    let f = forget(x, h, c, plus: forgetRecurrence(gates)).named("forget gate")
    let memory = (f * c + i * tanh(candidate(x, h)).named("candidate")).named("memory")
    let o = output(x, h, memory, plus: outputRecurrence(gates)).named("output gate")
    let y = o * tanh(memory)
    return (y, State(LSTM.State(hidden: y, memory: memory), concatenate([i, f, o], axis: -1)))
  }
}
