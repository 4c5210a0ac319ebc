public import Autodiff
public import DenseArrays

/// The layer-normalised LSTM of Ba et al.: norms of both products, over all four sums at once, and of the memory on its
/// way out.
///
///     [i~ f~ g~ o~] = LN(W x) + LN(U h') + b
///     c = sigmoid(f~) * c' + sigmoid(i~) * tanh(g~)            memory, not normalised
///     h = sigmoid(o~) * tanh(LN(c))
///
/// Source: Ba, Kiros and Hinton, "Layer normalization", 2016. The norms of the products have gains only:
/// their biases would be added to b.
///
/// Parameters: 4 (n d + n^2) + 14 n for inputs of size d and n hidden units.
///
/// Initialisation: W Glorot uniform, U orthogonal, gains 1, biases zero but the forget gate's, which is 1. Four
/// placements of the norms are in use: see also `LayerNormLSTMPerGate`. TensorFlow Addons normalises the memory that is
/// carried on, c = LN(...) and h = sigmoid(o~) * tanh(c), which is what `hasNormalizedMemory` asks for.
public struct LayerNormLSTM: MemoryCell {
  /// W, [4n, d], in the order i, f, g, o.
  public let input: Linear
  /// U, [4n, n].
  public let recurrent: Linear
  /// The gain of LN(W x).
  public let inputNorm: LayerNorm
  /// The gain of LN(U h').
  public let recurrentNorm: LayerNorm
  /// b: [4n].
  public let bias: Parameter
  /// Gain and bias of LN(c).
  public let memoryNorm: LayerNorm
  /// Whether the memory that is carried on is the normalised one.
  public let hasNormalizedMemory: Bool

  /// A cell with new parameters of type float32.
  public init(
    inputSize: Int, hiddenSize: Int, hasNormalizedMemory: Bool = false, using random: inout RandomSource
  ) {
    let n = hiddenSize
    self.hasNormalizedMemory = hasNormalizedMemory
    input = Linear(inputSize: inputSize, outputSize: 4 * n, biasInitializer: nil, using: &random)
    recurrent = Linear(
      inputSize: n, outputSize: 4 * n, initializer: .orthogonal(), biasInitializer: nil, using: &random)
    inputNorm = LayerNorm(size: 4 * n, biasInitializer: nil, using: &random)
    recurrentNorm = LayerNorm(size: 4 * n, biasInitializer: nil, using: &random)
    let forgetOne = (0..<4 * n).map { n <= $0 && $0 < 2 * n ? 1 : 0 as Float }
    bias = Parameter(DenseArray(forgetOne, shape: [4 * n]))
    memoryNorm = LayerNorm(size: n, using: &random)
  }

  public var stateSize: Int { recurrent.inputSize }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    let sums = inputNorm(input(x)) + recurrentNorm(recurrent(h)) + x.tape.parameter(bias)
    let parts = split(sums, into: 4)
    let i = sigmoid(parts[0]).named("input gate")
    let f = sigmoid(parts[1]).named("forget gate")
    let o = sigmoid(parts[3]).named("output gate")
    let memory = (f * c + i * tanh(parts[2]).named("candidate")).named("memory")
    let normalized = memoryNorm(memory)
    return (o * tanh(normalized), hasNormalizedMemory ? normalized : memory)
  }
}

/// The layer-normalised LSTM with a norm for each gate and a normalised memory in the recurrence.
///
///     k~ = LN_k(W_k x + U_k h')                        k = i, f, g, o
///     c = LN(sigmoid(f~) * c' + sigmoid(i~) * tanh(g~))
///     h = sigmoid(o~) * tanh(c)
///
/// Source: `LayerNormBasicLSTMCell` of TensorFlow 1. In RNMT+ (Chen et al., "The best of both worlds", 2018) the output takes
/// the memory before its norm, which is what `outputSeesNorm: false` asks for.
///
/// Parameters: 4 (n d + n^2) + 10 n for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, gains 1, biases zero but the forget
/// gate's, which is 1.
public struct LayerNormLSTMPerGate: MemoryCell {
  /// W_k and U_k, in the order i, f, g, o.
  public let gates: [Gate]
  /// LN_k.
  public let norms: [LayerNorm]
  /// The norm of the memory.
  public let memoryNorm: LayerNorm
  /// Whether the output is made of the memory after its norm.
  public let outputSeesNorm: Bool

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, outputSeesNorm: Bool = true, using random: inout RandomSource) {
    self.outputSeesNorm = outputSeesNorm
    gates = (0..<4).map { _ in
      Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: nil, using: &random)
    }
    norms = (0..<4).map { LayerNorm(size: hiddenSize, biasInitializer: .constant($0 == 1 ? 1 : 0), using: &random) }
    memoryNorm = LayerNorm(size: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    let sums = zip(gates, norms).map { gate, norm in norm(gate(x, h)) }
    let i = sigmoid(sums[0]).named("input gate")
    let f = sigmoid(sums[1]).named("forget gate")
    let o = sigmoid(sums[3]).named("output gate")
    let memory = f * c + i * tanh(sums[2]).named("candidate")
    let normalized = memoryNorm(memory).named("memory")
    return (o * tanh(outputSeesNorm ? normalized : memory), normalized)
  }
}
