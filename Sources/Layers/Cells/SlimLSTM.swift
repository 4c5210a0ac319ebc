public import Autodiff
public import DenseArrays

/// The long short-term memory with lighter gates, LSTM1, LSTM2 and LSTM3.
///
///     i, f, o = sigmoid(...)                     sums of U h' + b, U h' or b
///     g = tanh(Wg x + Ug h' + bg)                candidate
///     c = f * c' + i * g                         memory
///     h = o * tanh(c)                            output
///
/// Source: Lu and Salem, "Simplified gating in long short-term memory (LSTM) recurrent neural networks", 2017.
///
/// Parameters: n d + n^2 + n for inputs of size d and n hidden units, and 3 (n^2 + n), 3 n^2 or 3 n for the gates.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero but the forget gate's, which
/// is 1.
public struct SlimLSTM: MemoryCell {
  /// Wg, Ug and bg.
  public let candidate: Gate
  /// The sums of the three gates.
  public let input, forget, output: LightGate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, gateTerms: LightGate.Terms, using random: inout RandomSource) {
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    input = LightGate(inputSize: inputSize, hiddenSize: hiddenSize, terms: gateTerms, using: &random)
    forget = LightGate(
      inputSize: inputSize, hiddenSize: hiddenSize, terms: gateTerms, biasInitializer: .forgetBias, using: &random)
    output = LightGate(inputSize: inputSize, hiddenSize: hiddenSize, terms: gateTerms, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    let i = sigmoid(input(x, h)).named("input gate")
    let f = sigmoid(forget(x, h)).named("forget gate")
    let o = sigmoid(output(x, h)).named("output gate")
    let c = (f * c + i * tanh(candidate(x, h)).named("candidate")).named("memory")
    return (o * tanh(c), c)
  }
}
