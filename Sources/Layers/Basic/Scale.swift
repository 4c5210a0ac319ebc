public import Autodiff
public import DenseArrays

/// A trainable number for each unit, w * x: a diagonal matrix of weights.
///
///     let peephole = Scale(size: 128, using: &random)
///     let i = sigmoid(input(x, h) + peephole(c))
///
/// `size` numbers, uniform in +-1/sqrt(size) unless said.
public struct Scale: Module {
  /// w: [size].
  public let weights: Parameter

  /// A layer with new parameters of type float32.
  public init(size: Int, initializer: Initializer? = nil, using random: inout RandomSource) {
    let bound = 1 / Double(max(size, 1)).squareRoot()
    weights = Parameter(initializer ?? .uniform(-bound...bound), [size], name: "weights", using: &random)
  }

  /// The number of units.
  public var size: Int { weights.shape[0] }

  /// w * x for x of shape [..., size].
  public func callAsFunction(_ x: Variable) -> Variable {
    x.tape.parameter(weights) * x
  }
}
