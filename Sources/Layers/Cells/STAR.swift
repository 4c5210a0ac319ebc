public import Autodiff
public import DenseArrays

/// The stackable recurrent cell: one gate, made for deep stacks.
///
///     v = tanh(Wz x + bz)                     mapped input
///     k = sigmoid(Wk x + Uk h' + bk)          gate: admits the input
///     h = tanh((1 - k) * h' + k * v)
///
/// Source: Turkoglu, D'Aronco, Wegner and Schindler, "Gating revisited: deep multi-layer RNNs that can be trained",
/// 2021.
///
/// Parameters: 2 n d + n^2 + 2 n for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, Uk orthogonal, biases zero.
public struct STAR: SimpleRecurrentCell {
  /// Wz and bz.
  public let mapping: Linear
  /// Wk, Uk and bk.
  public let gate: Gate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    mapping = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
    gate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let k = sigmoid(gate(x, h)).named("gate")
    return tanh((1 - k) * h + k * tanh(mapping(x)))
  }
}
