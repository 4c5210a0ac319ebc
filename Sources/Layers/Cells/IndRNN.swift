public import Autodiff
public import DenseArrays

/// The independently recurrent network, in which a unit hears itself only: h = relu(W x + u * h' + b).
///
/// Source: Li, Li, Cook, Zhu and Gao, "Independently recurrent neural network", 2018. For sequences of T steps the
/// paper keeps |u| below the T-th root of 2, which is left to the training loop.
///
/// Parameters: n d + 2 n for inputs of size d and n hidden units.
///
/// Initialisation: W Glorot uniform, u uniform in 0...1, b zero.
public struct IndRNN: SimpleRecurrentCell {
  /// W and b.
  public let input: Linear
  /// u.
  public let recurrent: Scale

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    input = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
    recurrent = Scale(size: hiddenSize, initializer: .uniform(0...1), using: &random)
  }

  public var stateSize: Int { recurrent.size }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    relu(input(x) + recurrent(h))
  }
}
