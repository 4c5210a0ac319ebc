public import Autodiff
public import DenseArrays

/// The residual LSTM: a shortcut from the input to the output, inside of the output gate.
///
///     i, f, o, c as in `PeepholeLSTM`
///     h = o * (Wp tanh(c) + Wr x)
///
/// Source: Kim, El-Khamy and Lee, "Residual LSTM: design of a deep recurrent architecture for distant speech
/// recognition", 2017. Where inputs and hidden units are equal in number Wr may be the identity; here it is trained.
///
/// Parameters: 4 (n d + n^2 + n) + 3 n + n^2 + n d for inputs of size d and n hidden units.
///
/// Initialisation: as `PeepholeLSTM`; Wp and Wr Glorot uniform.
public struct ResidualLSTM: MemoryCell {
  /// Wg, Ug and bg.
  public let candidate: Gate
  /// W, U, b and p of the three gates.
  public let input, forget, output: PeepholeLSTM.PeepholeGate
  /// Wp.
  public let projection: Linear
  /// Wr.
  public let shortcut: Linear

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    func gate(_ bias: Initializer = .zeros) -> PeepholeLSTM.PeepholeGate {
      PeepholeLSTM.PeepholeGate(inputSize: inputSize, hiddenSize: hiddenSize, bias: bias, using: &random)
    }
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    input = gate()
    forget = gate(.forgetBias)
    output = gate()
    projection = Linear(inputSize: hiddenSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    shortcut = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    let i = input(x, h, c).named("input gate")
    let f = forget(x, h, c).named("forget gate")
    let c = (f * c + i * tanh(candidate(x, h)).named("candidate")).named("memory")
    let o = output(x, h, c).named("output gate")
    return (o * (projection(tanh(c)) + shortcut(x)), c)
  }
}
