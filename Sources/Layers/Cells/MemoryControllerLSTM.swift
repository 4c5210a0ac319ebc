public import Autodiff
public import DenseArrays

/// The LSTM with a memory controller: what the gates hear is let out of the memory by a gate of its own, apart from the
/// output.
///
///     i = sigmoid(Wi x + Ui v' + bi)      input gate
///     f = sigmoid(Wf x + Uf v' + bf)      forget gate
///     g = tanh(Wg x + Ug v' + bg)         candidate
///     o = sigmoid(Wo x + Uo v' + bo)      output gate
///     m = sigmoid(Wm x + Um v' + bm)      controller gate
///     c = f * c' + i * g                  memory
///     v = m * tanh(c)                     what the next step hears
///     h = o * tanh(c)                     output
///
/// Source: Ben-Ari and Shwartz-Ziv, "Sequence modeling using a memory controller extension for LSTM", 2017, as
/// RecurrentLayers.jl has it (`MCLSTMCell`). Not the mass-conserving LSTM of Hoedt et al. 2021, which is called MC-LSTM too.
///
/// Parameters: 5 (n d + n^2 + n) for inputs of size d and n hidden units.
///
/// Initialisation: as `LSTM`; the controller's bias is zero. RecurrentLayers.jl has two biases a gate.
public struct MemoryControllerLSTM: RecurrentCell {
  /// The sums of input gate, forget gate, candidate, output gate and controller gate.
  public let input, forget, candidate, output, controller: Gate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    func gate(_ bias: Initializer = .zeros) -> Gate {
      Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: bias, using: &random)
    }
    input = gate()
    forget = gate(.forgetBias)
    candidate = gate()
    output = gate()
    controller = gate()
  }

  /// v and c, [batch, n] each.
  public func zeroState(batch: Int, on tape: Tape) -> LSTM.State {
    let zero = tape.zeros([batch, input.recurrentSize])
    return LSTM.State(hidden: zero, memory: zero)
  }

  public func step(_ x: Variable, _ state: LSTM.State, _ context: StepContext) -> (output: Variable, state: LSTM.State)
  {
    let v = state.hidden
    let i = sigmoid(input(x, v)).named("input gate")
    let f = sigmoid(forget(x, v)).named("forget gate")
    let g = tanh(candidate(x, v)).named("candidate")
    let o = sigmoid(output(x, v)).named("output gate")
    let m = sigmoid(controller(x, v)).named("controller gate")
    let c = (f * state.memory + i * g).named("memory")
    let seen = tanh(c)
    return (o * seen, LSTM.State(hidden: m * seen, memory: c))
  }
}
