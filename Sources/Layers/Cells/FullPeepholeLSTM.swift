public import Autodiff
public import DenseArrays

/// The long short-term memory whose gates see the memories of all units.
///
///     i = sigmoid(Wi x + Ui h' + Pi c' + bi)        input gate
///     f = sigmoid(Wf x + Uf h' + Pf c' + bf)        forget gate
///     g = tanh(Wg x + Ug h' + bg)                   candidate
///     c = f * c' + i * g                            memory
///     o = sigmoid(Wo x + Uo h' + Po c + bo)         output gate: sees the new memory
///     h = o * tanh(c)                               output
///
/// Source: the peephole cell of the library Chainer. Gers and Schmidhuber 2000 show a gate the memory of its own unit only,
/// which is `PeepholeLSTM`; papers write both in the same way, with a matrix that is or is not diagonal.
///
/// Parameters: 4 (n d + n^2 + n) + 3 n^2 for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, P Glorot uniform, biases zero but the forget
/// gate's, which is 1.
public struct FullPeepholeLSTM: MemoryCell {
  /// Wi, Ui and bi.
  public let input: Gate
  /// Wf, Uf and bf.
  public let forget: Gate
  /// Wg, Ug and bg.
  public let candidate: Gate
  /// Wo, Uo and bo.
  public let output: Gate
  /// Pi.
  public let inputPeephole: Linear
  /// Pf.
  public let forgetPeephole: Linear
  /// Po.
  public let outputPeephole: Linear

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    func peephole() -> Linear {
      Linear(inputSize: hiddenSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    }
    input = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    forget = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: .forgetBias, using: &random)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    output = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    inputPeephole = peephole()
    forgetPeephole = peephole()
    outputPeephole = peephole()
  }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    let i = sigmoid(input(x, h) + inputPeephole(c)).named("input gate")
    let f = sigmoid(forget(x, h) + forgetPeephole(c)).named("forget gate")
    let memory = (f * c + i * tanh(candidate(x, h)).named("candidate")).named("memory")
    let o = sigmoid(output(x, h) + outputPeephole(memory)).named("output gate")
    return (o * tanh(memory), memory)
  }
}
