public import Autodiff
public import DenseArrays

/// Jordan's network, which hears its own output and not its hidden units.
///
///     h = tanh(W x + U y' + b)
///     y = tanh(V h + c)                   output and state
///
/// Source: Jordan, "Serial order: a parallel distributed processing approach", 1986.
///
/// Parameters: n d + 2 n^2 + 2 n for inputs of size d and n hidden units and outputs.
///
/// Initialisation: W and V Glorot uniform, U orthogonal, biases zero. No library in wide use has this cell.
public struct Jordan: SimpleRecurrentCell {
  /// W, U and b.
  public let hidden: Gate
  /// V and c.
  public let output: Linear

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    hidden = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    output = Linear(inputSize: hiddenSize, outputSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ y: Variable) -> Variable {
    tanh(output(tanh(hidden(x, y))))
  }
}
