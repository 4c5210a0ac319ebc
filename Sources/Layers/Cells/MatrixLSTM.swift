public import Autodiff
public import DenseArrays

/// The mLSTM of xLSTM: a matrix memory that stores a value under a key, with exponential input gates.
///
///     q = Wq x,  k = Wk x / sqrt(n),  v = Wv x
///     f~ = wf x + bf,  i~ = wi x + bi                         a scalar each
///     m = max(log sigmoid(f~) + m', i~)                       stabiliser
///     f = exp(log sigmoid(f~) + m' - m),  i = exp(i~ - m)
///     C = f C' + i v k^T                                      memory, n x n
///     u = f u' + i k                                          normaliser
///     h = o * (C q / max(|u q|, exp(-m))),  o = sigmoid(Wo x + bo)
///
/// Source: Beck et al., "xLSTM: extended long short-term memory", 2024 with one head. Not the multiplicative LSTM of
/// Krause et al.: that is `MultiplicativeLSTM`. Adding a number to all of m changes no output, so that it may start at
/// 0.
///
/// Parameters: 4 n d + 2 d + n + 2 for inputs of size d and n hidden units.
///
/// Initialisation: weights Glorot uniform, biases zero but bf, which is 3. In the authors' library the scalar gates
/// read q, k and v, and a norm of each head follows.
public struct MatrixLSTM: RecurrentCell {
  /// Memory [batch, n, n], normaliser [batch, n] and stabiliser [batch, 1].
  public struct State: RecurrentState {
    public var memory: Variable
    public var normalizer: Variable
    public var stabilizer: Variable

    public func map(_ transform: (Variable) -> Variable) -> State {
      State(memory: transform(memory), normalizer: transform(normalizer), stabilizer: transform(stabilizer))
    }
  }

  /// Wq.
  public let query: Linear
  /// Wk.
  public let key: Linear
  /// Wv.
  public let value: Linear
  /// wi and bi.
  public let input: Linear
  /// wf and bf.
  public let forget: Linear
  /// Wo and bo, or nil without an output gate.
  public let output: Linear?

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, hasOutputGate: Bool = true, using random: inout RandomSource) {
    func linear(_ size: Int, _ bias: Initializer?) -> Linear {
      Linear(inputSize: inputSize, outputSize: size, biasInitializer: bias, using: &random)
    }
    query = linear(hiddenSize, nil)
    key = linear(hiddenSize, nil)
    value = linear(hiddenSize, nil)
    input = linear(1, .zeros)
    forget = linear(1, .constant(3))
    output = hasOutputGate ? linear(hiddenSize, .zeros) : nil
  }

  public func zeroState(batch: Int, on tape: Tape) -> State {
    let n = query.outputSize
    return State(
      memory: tape.zeros([batch, n, n]), normalizer: tape.zeros([batch, n]), stabilizer: tape.zeros([batch, 1]))
  }

  public func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    let q = query(x)
    let k = key(x) / Double(query.outputSize).squareRoot()
    let logForget = -softplus(-forget(x)) + state.stabilizer
    let logInput = input(x)
    let m = maximum(logForget, logInput)
    let f = exp(logForget - m).named("forget gate")
    let i = exp(logInput - m).named("input gate")
    let memory = f.expanded(axis: -1) * state.memory + i.expanded(axis: -1) * outerProduct(value(x), k)
    let normalizer = f * state.normalizer + i * k
    let scale = maximum(abs((normalizer * q).sum(axes: [-1], keepingAxes: true)), exp(-m))
    let read = product(memory, q) / scale
    let h = output.map { sigmoid($0(x)).named("output gate") * read } ?? read
    return (h, State(memory: memory, normalizer: normalizer, stabilizer: m))
  }
}
