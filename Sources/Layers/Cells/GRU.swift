public import Autodiff
public import DenseArrays

/// The gated recurrent unit whose reset gate acts after the recurrent product.
///
///     r = sigmoid(Wr x + Ur h' + br)               reset gate
///     z = sigmoid(Wz x + Uz h' + bz)               update gate: keeps the old state
///     c = tanh(Wc x + bc + r * (Uc h' + bhc))      candidate
///     h = z * h' + (1 - z) * c
///
/// Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014, first version; the form of cuDNN
/// and PyTorch. All three recurrent products read h' itself, so that they can be made at once.
///
/// Parameters: 3 (n d + n^2 + n) + n for inputs of size d and n hidden units; the last n are the candidate's recurrent bias.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero.
///
/// Libraries differ. Keras (by default), Flax, MLX and PyTorch reset after the product; Chainer, DyNet, Sonnet and ONNX (by
/// default) before it: that is `GRUResetBefore`. In Chung et al. 2014, Chainer, DyNet and Sonnet z admits the candidate
/// instead of keeping the state; the weights and bias of their update gate are the negatives of these.
public struct GRU: SimpleRecurrentCell {
  /// Wr, Ur and br.
  public let reset: Gate
  /// Wz, Uz and bz.
  public let update: Gate
  /// Wc, Uc, bc and, as the recurrent bias, bhc.
  public let candidate: Gate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    reset = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    update = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, recurrentBiasInitializer: .zeros, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let r = sigmoid(reset(x, h)).named("reset gate")
    let z = sigmoid(update(x, h)).named("update gate")
    let c = tanh(candidate.input(x) + r * candidate.recurrent(h)).named("candidate")
    return z * h + (1 - z) * c
  }
}
