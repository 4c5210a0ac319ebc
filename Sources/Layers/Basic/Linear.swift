public import Autodiff
public import DenseArrays

/// The affine map y = W x + b over the last axis.
///
///     let output = Linear(inputSize: 128, outputSize: 10, using: &random)
///     let logits = output(hidden)  // [..., 128] to [..., 10]
///
/// `inputSize * outputSize + outputSize` numbers; weights are Glorot uniform and the bias zero unless said.
public struct Linear: Module {
  /// W: [outputs, inputs].
  public let weights: Parameter
  /// b: [outputs], or nil for a linear map.
  public let bias: Parameter?

  /// A layer with new parameters of type float32; `biasInitializer: nil` leaves the bias out.
  public init(
    inputSize: Int, outputSize: Int, initializer: Initializer = .glorotUniform(),
    biasInitializer: Initializer? = .zeros,
    using random: inout RandomSource
  ) {
    weights = Parameter(initializer([outputSize, inputSize], using: &random), name: "weights")
    bias = biasInitializer.map { Parameter($0([outputSize], using: &random), name: "bias") }
  }

  /// A layer on existing parameters, for instance to tie weights; shapes that do not fit stop.
  public init(weights: Parameter, bias: Parameter? = nil) {
    guard weights.shape.rank == 2, bias.map({ $0.shape == [weights.shape[0]] }) ?? true else {
      stop(
        "Linear: weights of shape \(weights.shape) with a bias of shape "
          + "\(bias.map { "\($0.shape)" } ?? "none"); expected [outputs, inputs] and [outputs]")
    }
    self.weights = weights
    self.bias = bias
  }

  /// The size of the last axis of what goes in.
  public var inputSize: Int { weights.shape[1] }

  /// The size of the last axis of what comes out.
  public var outputSize: Int { weights.shape[0] }

  /// W x + b for x of shape [..., inputs]; another last axis stops.
  public func callAsFunction(_ x: Variable) -> Variable {
    affine(x, weights: weights, bias: bias)
  }
}
