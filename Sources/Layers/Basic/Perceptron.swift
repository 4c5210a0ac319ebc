public import Autodiff
public import DenseArrays

/// A feedforward network whose layers all have an activation, with an optional way round all of them.
///
///     y = act(W_k ... act(W_1 x + b_1) ... + b_k)
///     y = act(W_k ... act(W_1 x + b_1) ... + b_k) + x          with a skip; P x in place of x where the sizes differ
///
/// Weights are Glorot uniform and biases zero.
public struct Perceptron: Module {
  /// The affine maps, from the input on.
  public let layers: [Linear]
  /// What follows each affine map.
  public let activation: Activation
  /// Whether the input is added to what comes out.
  public let hasSkip: Bool
  /// P, where a skip leads to another size; it has no bias.
  public let projection: Linear?

  /// A network with new parameters of type float32.
  ///
  /// - Parameters:
  ///   - inputSize: The size of the last axis of what goes in.
  ///   - layerSizes: The sizes of what the layers give, at least one.
  ///   - activation: What follows each affine map.
  ///   - hasSkip: Whether the input is added to what comes out.
  ///   - random: Where the weights are drawn from.
  public init(
    inputSize: Int, layerSizes: [Int], activation: Activation = .tanh, hasSkip: Bool = false,
    using random: inout RandomSource
  ) {
    guard let outputSize = layerSizes.last else { stop("Perceptron: no layers") }
    var layers: [Linear] = []
    for size in layerSizes {
      layers.append(Linear(inputSize: layers.last?.outputSize ?? inputSize, outputSize: size, using: &random))
    }
    self.layers = layers
    self.activation = activation
    self.hasSkip = hasSkip
    projection =
      hasSkip && outputSize != inputSize
      ? Linear(inputSize: inputSize, outputSize: outputSize, biasInitializer: nil, using: &random) : nil
  }

  /// The size of the last axis of what comes out.
  public var outputSize: Int { layers[layers.count - 1].outputSize }

  /// y for x of shape [..., inputs]; another last axis stops.
  public func callAsFunction(_ x: Variable) -> Variable {
    var y = x
    for layer in layers { y = activation(layer(y)) }
    guard hasSkip else { return y }
    return y + (projection.map { $0(x) } ?? x)
  }
}
