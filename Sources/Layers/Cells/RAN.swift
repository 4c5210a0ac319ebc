public import Autodiff
public import DenseArrays

/// The recurrent additive network: a gated sum of linear maps of the inputs.
///
///     g = Wc x + bc                            content
///     i = sigmoid(Wi x + Ui h' + bi)           input gate
///     f = sigmoid(Wf x + Uf h' + bf)           forget gate
///     c = i * g + f * c'                       memory
///     h = tanh(c)                              output
///
/// Source: Lee, Levy and Zettlemoyer, "Recurrent additive networks", 2017.
///
/// Parameters: 3 n d + 2 n^2 + 3 n for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero but the forget gate's, which
/// is 1.
public struct RAN: MemoryCell {
  /// Wc and bc.
  public let content: Linear
  /// Wi, Ui and bi.
  public let input: Gate
  /// Wf, Uf and bf.
  public let forget: Gate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    content = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
    input = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    forget = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: .forgetBias, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    let i = sigmoid(input(x, h)).named("input gate")
    let f = sigmoid(forget(x, h)).named("forget gate")
    let c = (i * content(x) + f * c).named("memory")
    return (tanh(c), c)
  }
}
