public import Autodiff
public import DenseArrays

/// The long short-term memory with a projection: outputs and recurrence are smaller than the memory.
///
///     i, f, g, o, c as in `LSTM`, with h' of size r
///     h = Wp (o * tanh(c))
///
/// Source: Sak, Senior and Beaufays, "Long short-term memory recurrent neural network architectures for large scale
/// acoustic modeling", 2014, without peepholes, as in PyTorch and Sonnet.
///
/// Parameters: 4 (n d + n r + n) + r n for inputs of size d, n memory cells and outputs of size r.
///
/// Initialisation: input weights and Wp Glorot uniform, recurrent weights orthogonal, biases zero but the forget
/// gate's, which is 1.
public struct ProjectedLSTM: RecurrentCell {
  /// Wi, Ui and bi.
  public let input: Gate
  /// Wf, Uf and bf.
  public let forget: Gate
  /// Wg, Ug and bg.
  public let candidate: Gate
  /// Wo, Uo and bo.
  public let output: Gate
  /// Wp.
  public let projection: Linear

  /// A cell with new parameters of type float32; r is half of n, rounded up, unless said.
  public init(inputSize: Int, hiddenSize: Int, outputSize: Int? = nil, using random: inout RandomSource) {
    let outputSize = outputSize ?? (hiddenSize + 1) / 2
    func gate(_ bias: Initializer = .zeros) -> Gate {
      Gate(
        inputSize: inputSize, hiddenSize: hiddenSize, recurrentSize: outputSize, biasInitializer: bias, using: &random)
    }
    input = gate()
    forget = gate(.forgetBias)
    candidate = gate()
    output = gate()
    projection = Linear(inputSize: hiddenSize, outputSize: outputSize, biasInitializer: nil, using: &random)
  }

  public func zeroState(batch: Int, on tape: Tape) -> LSTM.State {
    LSTM.State(hidden: tape.zeros([batch, projection.outputSize]), memory: tape.zeros([batch, projection.inputSize]))
  }

  public func step(
    _ x: Variable, _ state: LSTM.State, _ context: StepContext
  ) -> (output: Variable, state: LSTM.State) {
    let h = state.hidden
    let i = sigmoid(input(x, h)).named("input gate")
    let f = sigmoid(forget(x, h)).named("forget gate")
    let o = sigmoid(output(x, h)).named("output gate")
    let c = (f * state.memory + i * tanh(candidate(x, h)).named("candidate")).named("memory")
    let y = projection(o * tanh(c))
    return (y, LSTM.State(hidden: y, memory: c))
  }
}
