public import Autodiff
public import DenseArrays

/// The elementwise LSTM, whose forget gate and candidate see the memory of their own unit only.
///
///     f = sigmoid(Wf x + wf * c' + bf)         forget gate
///     z = tanh(Wz x + wz * c' + bz)            candidate
///     c = f * c' + (1 - f) * z                 memory
///     o = sigmoid(Wo x + Uo c + bo)            output gate
///     h = o * c                                output
///
/// Source: Irie, Gopalakrishnan and Schmidhuber, "Exploring the promise and limits of real-time recurrent learning",
/// 2023.
///
/// Parameters: 3 n d + n^2 + 5 n for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, wf and wz uniform in +-1/sqrt(n), Uo orthogonal, biases zero but bf,
/// which is 1.
public struct ELSTM: MemoryCell {
  /// Wf, wf and bf.
  public let forget: DiagonalGate
  /// Wz, wz and bz.
  public let candidate: DiagonalGate
  /// Wo, Uo and bo.
  public let output: Gate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    forget = DiagonalGate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: .forgetBias, using: &random)
    candidate = DiagonalGate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    output = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    let f = sigmoid(forget(x, c)).named("forget gate")
    let c = (f * c + (1 - f) * tanh(candidate(x, c)).named("candidate")).named("memory")
    return (sigmoid(output(x, c)).named("output gate") * c, c)
  }
}
