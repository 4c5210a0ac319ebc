public import Autodiff
public import DenseArrays

/// The long short-term memory with a forget gate and without peepholes.
///
///     i = sigmoid(Wi x + Ui h' + bi)      input gate
///     f = sigmoid(Wf x + Uf h' + bf)      forget gate
///     g = tanh(Wg x + Ug h' + bg)         candidate
///     o = sigmoid(Wo x + Uo h' + bo)      output gate
///     c = f * c' + i * g                  memory
///     h = o * tanh(c)                     output
///
/// Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997; the forget gate from Gers, Schmidhuber and Cummins,
/// "Learning to forget", 2000.
///
/// Parameters: 4 (n d + n^2 + n) for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero but the forget gate's, which is
/// 1. Libraries differ in that bias: PyTorch and cuDNN keep two biases a gate, which are only ever added, and draw both
/// around 0; Keras and Haiku start it at 1; some TensorFlow cells add 1 in the equation, so that it is not in the weights.
public struct LSTM: MemoryCell {
  /// The state: output and memory, [batch, n] each.
  public struct State: RecurrentState {
    public var hidden: Variable
    public var memory: Variable

    public init(hidden: Variable, memory: Variable) {
      self.hidden = hidden
      self.memory = memory
    }

    public func map(_ transform: (Variable) -> Variable) -> State {
      State(hidden: transform(hidden), memory: transform(memory))
    }
  }

  /// Wi, Ui and bi.
  public let input: Gate
  /// Wf, Uf and bf.
  public let forget: Gate
  /// Wg, Ug and bg.
  public let candidate: Gate
  /// Wo, Uo and bo.
  public let output: Gate

  /// A cell with new parameters of type float32.
  public init(
    inputSize: Int, hiddenSize: Int, forgetBias: Initializer = .forgetBias, using random: inout RandomSource
  ) {
    input = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    forget = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: forgetBias, using: &random)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    output = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    let i = sigmoid(input(x, h)).named("input gate")
    let f = sigmoid(forget(x, h)).named("forget gate")
    let g = tanh(candidate(x, h)).named("candidate")
    let o = sigmoid(output(x, h)).named("output gate")
    let c = (f * c + i * g).named("memory")
    return (o * tanh(c), c)
  }
}
