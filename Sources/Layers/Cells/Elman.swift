public import Autodiff
public import DenseArrays

/// The simple recurrent network: h = tanh(W x + U h' + b).
///
/// Source: Elman, "Finding structure in time", 1990; with `activation: .relu`, identity recurrent weights and small input
/// weights the IRNN of Le, Jaitly and Hinton 2015.
///
/// Parameters: n d + n^2 + n for inputs of size d and n hidden units.
///
/// Initialisation: W Glorot uniform, U orthogonal, b zero. PyTorch's `RNN` has two biases that are only ever added, and
/// draws everything uniformly in +-1/sqrt(n).
public struct Elman: SimpleRecurrentCell {
  /// W, U and b.
  public let hidden: Gate
  /// The activation: tanh in the paper.
  public let activation: Activation

  /// A cell with new parameters of type float32.
  public init(
    inputSize: Int, hiddenSize: Int, activation: Activation = .tanh, inputInitializer: Initializer = .glorotUniform(),
    recurrentInitializer: Initializer = .orthogonal(), using random: inout RandomSource
  ) {
    hidden = Gate(
      inputSize: inputSize, hiddenSize: hiddenSize, inputInitializer: inputInitializer,
      recurrentInitializer: recurrentInitializer, using: &random)
    self.activation = activation
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    activation(hidden(x, h).named("preactivation"))
  }
}
