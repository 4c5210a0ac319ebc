public import Autodiff
public import DenseArrays

/// The long short-term memory of 1997, without a forget gate: what is in the memory stays.
///
///     i = sigmoid(Wi x + Ui h' + bi)      input gate
///     g = tanh(Wg x + Ug h' + bg)         candidate
///     o = sigmoid(Wo x + Uo h' + bo)      output gate
///     c = c' + i * g                      memory
///     h = o * tanh(c)                     output
///
/// Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997. The paper squashes by 4 sigmoid - 2 and 2
/// sigmoid - 1 where this has tanh. The NFG of Greff et al. 2017 has peepholes too: that is `PeepholeLSTM` with
/// `.noForgetGate`.
///
/// Parameters: 3 (n d + n^2 + n) for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero.
public struct OriginalLSTM: MemoryCell {
  /// Wi, Ui and bi.
  public let input: Gate
  /// Wg, Ug and bg.
  public let candidate: Gate
  /// Wo, Uo and bo.
  public let output: Gate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    input = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    output = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    let i = sigmoid(input(x, h)).named("input gate")
    let o = sigmoid(output(x, h)).named("output gate")
    let c = (c + i * tanh(candidate(x, h)).named("candidate")).named("memory")
    return (o * tanh(c), c)
  }
}
