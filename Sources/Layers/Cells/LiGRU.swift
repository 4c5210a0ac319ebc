public import Autodiff
public import DenseArrays

/// The light gated recurrent unit: no reset gate, a candidate with ReLU.
///
///     z = sigmoid(Wz x + Uz h' + bz)       update gate: keeps the old state
///     c = relu(Wc x + Uc h' + bc)          candidate
///     h = z * h' + (1 - z) * c
///
/// Source: Ravanelli, Brakel, Omologo and Bengio, "Light gated recurrent units for speech recognition", 2018,
/// with biases in the place of the batch norm of Wz x and Wc x. RecurrentLayers.jl has tanh for ReLU.
///
/// Parameters: 2 (n d + n^2 + n) for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero.
public struct LiGRU: SimpleRecurrentCell {
  /// Wz, Uz and bz.
  public let update: Gate
  /// Wc, Uc and bc.
  public let candidate: Gate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    update = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let z = sigmoid(update(x, h)).named("update gate")
    return z * h + (1 - z) * relu(candidate(x, h)).named("candidate")
  }
}
