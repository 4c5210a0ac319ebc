public import Autodiff
public import DenseArrays

/// The update-gate network: one gate, which keeps the old state.
///
///     g = sigmoid(Wg x + Ug h' + bg)       update gate
///     c = tanh(Wc x + Uc h' + bc)          candidate
///     h = g * h' + (1 - g) * c
///
/// Source: Collins, Sohl-Dickstein and Sussillo, "Capacity and trainability in recurrent neural networks", 2017.
///
/// Parameters: 2 (n d + n^2 + n) for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero but the gate's, which is 1.
/// TensorFlow 1 adds 1 inside the sigmoid on top of the trained bias.
public struct UGRNN: SimpleRecurrentCell {
  /// Wg, Ug and bg.
  public let update: Gate
  /// Wc, Uc and bc.
  public let candidate: Gate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    update = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: .constant(1), using: &random)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let g = sigmoid(update(x, h)).named("update gate")
    return g * h + (1 - g) * tanh(candidate(x, h)).named("candidate")
  }
}
