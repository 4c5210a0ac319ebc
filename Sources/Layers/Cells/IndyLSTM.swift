public import Autodiff
public import DenseArrays

/// W x + u * h + b: a gate that hears its own unit only.
public struct DiagonalGate: Module {
  /// W and b.
  public let input: Linear
  /// u.
  public let recurrent: Scale

  /// A gate with new parameters of type float32: W Glorot uniform, u uniform in +-1/sqrt(hiddenSize), b as said.
  public init(inputSize: Int, hiddenSize: Int, biasInitializer: Initializer = .zeros, using random: inout RandomSource)
  {
    input = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: biasInitializer, using: &random)
    recurrent = Scale(size: hiddenSize, using: &random)
  }

  /// The sum for x of shape [batch, inputs] and h of shape [batch, hidden].
  public func callAsFunction(_ x: Variable, _ h: Variable) -> Variable { input(x) + recurrent(h) }
}

/// The long short-term memory whose units hear themselves only: `LSTM` with u * h' for each U h'.
///
/// Source: Gonnet and Deselaers, "IndyLSTMs: independently recurrent LSTMs", 2019.
///
/// Parameters: 4 (n d + 2 n) for inputs of size d and n hidden units.
///
/// Initialisation: as `DiagonalGate`, the forget gate's bias 1.
public struct IndyLSTM: MemoryCell {
  /// The sums of input gate, forget gate, candidate and output gate.
  public let input, forget, candidate, output: DiagonalGate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    input = DiagonalGate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    forget = DiagonalGate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: .forgetBias, using: &random)
    candidate = DiagonalGate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    output = DiagonalGate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public var stateSize: Int { input.recurrent.size }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    let i = sigmoid(input(x, h)).named("input gate")
    let f = sigmoid(forget(x, h)).named("forget gate")
    let o = sigmoid(output(x, h)).named("output gate")
    let c = (f * c + i * tanh(candidate(x, h)).named("candidate")).named("memory")
    return (o * tanh(c), c)
  }
}

/// The gated recurrent unit whose units hear themselves only: `GRUResetBefore` with u * h' for each U h'.
///
/// Source: Gonnet and Deselaers 2019.
///
/// Parameters: 3 (n d + 2 n) for inputs of size d and n hidden units. Initialisation: as `DiagonalGate`.
public struct IndyGRU: SimpleRecurrentCell {
  /// The sums of reset gate, update gate and candidate.
  public let reset, update, candidate: DiagonalGate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    reset = DiagonalGate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    update = DiagonalGate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    candidate = DiagonalGate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public var stateSize: Int { reset.recurrent.size }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let r = sigmoid(reset(x, h)).named("reset gate")
    let z = sigmoid(update(x, h)).named("update gate")
    return z * h + (1 - z) * tanh(candidate(x, r * h)).named("candidate")
  }
}
