public import Autodiff
public import DenseArrays

/// The LSTM with working memory connections: gates see the memory through a matrix and a tanh.
///
///     i = sigmoid(Wi x + Ui h' + tanh(Mi c') + bi)      input gate
///     f = sigmoid(Wf x + Uf h' + tanh(Mf c') + bf)      forget gate
///     g = tanh(Wg x + Ug h' + bg)                       candidate
///     c = f * c' + i * g                                memory
///     o = sigmoid(Wo x + Uo h' + tanh(Mo c) + bo)       output gate: sees the new memory
///     h = o * tanh(c)                                   output
///
/// Source: Landi, Baraldi, Cornia and Cucchiara, "Working memory connections for LSTM", 2021.
///
/// Parameters: 4 (n d + n^2 + n) + 3 n^2 for inputs of size d and n hidden units.
///
/// Initialisation: as `LSTM`; Mi, Mf and Mo Glorot uniform.
public struct WorkingMemoryLSTM: MemoryCell {
  /// The sums of input gate, forget gate, candidate and output gate.
  public let input, forget, candidate, output: Gate
  /// Mi, Mf and Mo.
  public let inputMemory, forgetMemory, outputMemory: Linear

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    func gate(_ bias: Initializer = .zeros) -> Gate {
      Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: bias, using: &random)
    }
    func memory() -> Linear {
      Linear(inputSize: hiddenSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    }
    input = gate()
    forget = gate(.forgetBias)
    candidate = gate()
    output = gate()
    inputMemory = memory()
    forgetMemory = memory()
    outputMemory = memory()
  }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    let i = sigmoid(input(x, h) + tanh(inputMemory(c))).named("input gate")
    let f = sigmoid(forget(x, h) + tanh(forgetMemory(c))).named("forget gate")
    let c = (f * c + i * tanh(candidate(x, h)).named("candidate")).named("memory")
    let o = sigmoid(output(x, h) + tanh(outputMemory(c))).named("output gate")
    return (o * tanh(c), c)
  }
}
