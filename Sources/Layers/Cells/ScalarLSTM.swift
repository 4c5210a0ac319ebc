public import Autodiff
public import DenseArrays

/// The sLSTM of xLSTM: exponential input gates with a normaliser.
///
///     i~, f~, z~, o~ = W x + U h' + b
///     m = max(log sigmoid(f~) + m', i~)                  stabiliser
///     f = exp(log sigmoid(f~) + m' - m),  i = exp(i~ - m)
///     c = f * c' + i * tanh(z~)                          memory
///     u = f * u' + i                                     normaliser
///     h = sigmoid(o~) * c / u                            output
///
/// Source: Beck et al., "xLSTM: extended long short-term memory", 2024, with sigmoid forget gates and one
/// head. Adding a number to all of m changes no output, so that it may start at 0 where the authors' code starts at i~.
///
/// Parameters: 4 (n d + n^2 + n) for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero but the forget gate's, which
/// is 3; the authors spread it over 3...6.
public struct ScalarLSTM: RecurrentCell {
  /// Output, memory, normaliser and stabiliser, [batch, n] each.
  public struct State: RecurrentState {
    public var hidden: Variable
    public var memory: Variable
    public var normalizer: Variable
    public var stabilizer: Variable

    public func map(_ transform: (Variable) -> Variable) -> State {
      State(
        hidden: transform(hidden), memory: transform(memory), normalizer: transform(normalizer),
        stabilizer: transform(stabilizer))
    }
  }

  /// The sums of input gate, forget gate, candidate and output gate.
  public let input, forget, candidate, output: Gate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    input = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    forget = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: .constant(3), using: &random)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    output = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func zeroState(batch: Int, on tape: Tape) -> State {
    let zero = tape.zeros([batch, input.hiddenSize])
    return State(hidden: zero, memory: zero, normalizer: zero, stabilizer: zero)
  }

  public func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    let h = state.hidden
    let logInput = input(x, h)
    let logForget = state.stabilizer - softplus(-forget(x, h))
    let m = maximum(logForget, logInput)
    let i = exp(logInput - m).named("input gate")
    let f = exp(logForget - m).named("forget gate")
    let o = sigmoid(output(x, h)).named("output gate")
    let c = (f * state.memory + i * tanh(candidate(x, h)).named("candidate")).named("memory")
    let u = f * state.normalizer + i
    let y = o * c / u
    return (y, State(hidden: y, memory: c, normalizer: u, stabilizer: m))
  }
}
