public import Autodiff
public import DenseArrays

/// W x and U h' combined by multiplicative integration, in the place of their sum.
///
///     alpha * (W x) * (U h') + beta1 * (U h') + beta2 * (W x) + b
///
/// Source: Wu, Zhang, Zhang, Bengio and Salakhutdinov, "On multiplicative integration with recurrent neural networks",
/// 2016. `hiddenSize (inputSize + hiddenSize + 4)` numbers; W is Glorot uniform, U orthogonal, alpha, beta1 and beta2
/// are 1 and b is zero unless said.
public struct MultiplicativeGate: Module {
  /// W and U.
  public let weights: Gate
  /// alpha, beta1 and beta2.
  public let integration: MultiplicativeIntegration
  /// b.
  public let bias: Parameter

  /// A gate with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, biasInitializer: Initializer = .zeros, using random: inout RandomSource)
  {
    weights = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: nil, using: &random)
    integration = MultiplicativeIntegration(size: hiddenSize, using: &random)
    bias = Parameter(biasInitializer, [hiddenSize], using: &random)
  }

  public func parameterName(ofProperty property: String) -> String { property == "integration" ? "" : property }

  /// The integrated sum for x of shape [batch, inputs] and h of shape [batch, hidden].
  public func callAsFunction(_ x: Variable, _ h: Variable) -> Variable {
    integration(weights.input(x), weights.recurrent(h)) + x.tape.parameter(bias)
  }
}

/// The simple network with multiplicative integration: h = tanh(alpha (W x) (U h') + beta1 (U h') + beta2 (W x) + b).
///
/// Source: Wu et al. 2016; see `MultiplicativeGate` for parameters and their first values.
///
/// Parameters: n d + n^2 + 4 n for inputs of size d and n hidden units. Some libraries offer the bare product W x * U
/// h'.
public struct MIRNN: SimpleRecurrentCell {
  /// W, U, alpha, beta1, beta2 and b.
  public let hidden: MultiplicativeGate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    hidden = MultiplicativeGate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable { tanh(hidden(x, h)) }
}

/// The long short-term memory with multiplicative integration in its four sums; otherwise as `LSTM`.
///
/// Source: Wu et al. 2016. Parameters: 4 (n d + n^2 + 4 n). The forget gate's bias starts at 1.
public struct MILSTM: MemoryCell {
  /// The four sums of input gate, forget gate, candidate and output gate.
  public let input, forget, candidate, output: MultiplicativeGate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    input = MultiplicativeGate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    forget = MultiplicativeGate(
      inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: .forgetBias, using: &random)
    candidate = MultiplicativeGate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    output = MultiplicativeGate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    let i = sigmoid(input(x, h)).named("input gate")
    let f = sigmoid(forget(x, h)).named("forget gate")
    let o = sigmoid(output(x, h)).named("output gate")
    let c = f * c + i * tanh(candidate(x, h)).named("candidate")
    return (o * tanh(c), c)
  }
}

/// The gated recurrent unit with multiplicative integration in its three sums; otherwise as `GRUResetBefore`.
///
/// Source: Wu et al. 2016. Parameters: 3 (n d + n^2 + 4 n).
public struct MIGRU: SimpleRecurrentCell {
  /// The three sums of reset gate, update gate and candidate.
  public let reset, update, candidate: MultiplicativeGate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    reset = MultiplicativeGate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    update = MultiplicativeGate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    candidate = MultiplicativeGate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let r = sigmoid(reset(x, h)).named("reset gate")
    let z = sigmoid(update(x, h)).named("update gate")
    return z * h + (1 - z) * tanh(candidate(x, r * h)).named("candidate")
  }
}
