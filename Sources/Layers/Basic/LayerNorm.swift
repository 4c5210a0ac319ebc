public import Autodiff
public import DenseArrays

/// Numbers of the last axis brought to mean 0 and variance 1, then scaled and shifted by trained vectors.
///
///     gain * (x - mean) / sqrt(variance + epsilon) + bias
///
/// Source: Ba, Kiros and Hinton, "Layer normalization", 2016. `size` numbers each for gain and bias.
public struct LayerNorm: Module {
  /// The scale of each element: [size].
  public let gain: Parameter
  /// What is added to each element, or nil.
  public let bias: Parameter?
  /// What is added to the variance.
  public let epsilon: Double

  /// A layer with new parameters of type float32; a bias whose initialiser is nil is left out.
  public init(
    size: Int, gainInitializer: Initializer = .constant(1), biasInitializer: Initializer? = .zeros,
    epsilon: Double = 1e-5, using random: inout RandomSource
  ) {
    gain = Parameter(gainInitializer, [size], name: "gain", using: &random)
    bias = biasInitializer.map { Parameter($0, [size], name: "bias", using: &random) }
    self.epsilon = epsilon
  }

  /// The normalised numbers for x of shape [..., size].
  public func callAsFunction(_ x: Variable) -> Variable {
    let tape = x.tape
    let centered = x - x.mean(axes: [-1], keepingAxes: true)
    let variance = square(centered).mean(axes: [-1], keepingAxes: true)
    let scaled = tape.parameter(gain) * centered / sqrt(variance + epsilon)
    return bias.map { scaled + tape.parameter($0) } ?? scaled
  }
}
