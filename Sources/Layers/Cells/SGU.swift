public import Autodiff
public import DenseArrays

/// The simple gated unit, and its deep form.
///
///     g = Wg x + bg
///     a = tanh(Ug (g * h'))
///     c = softplus(a * h')                              candidate
///     c = sigmoid(Uo (a * h'))                          candidate of the deep form
///     z = clamp((Wz x + Uz h' + bz) / 5 + 1/2)          hard sigmoid: admits the candidate
///     h = (1 - z) * h' + z * c
///
/// Source: Gao and Glowacka, "Deep gate recurrent neural network", 2016.
///
/// Parameters: 2 n d + 2 n^2 + 2 n for inputs of size d and n hidden units; n^2 more in the deep form (DSGU).
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero.
public struct SGU: SimpleRecurrentCell {
  /// Wg, Ug and bg.
  public let multiplication: Gate
  /// Wz, Uz and bz.
  public let update: Gate
  /// Uo of the deep form, or nil.
  public let candidate: Linear?

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, isDeep: Bool = false, using random: inout RandomSource) {
    multiplication = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    update = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    candidate =
      isDeep
      ? Linear(
        inputSize: hiddenSize, outputSize: hiddenSize, initializer: .orthogonal(), biasInitializer: nil, using: &random)
      : nil
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let a = tanh(multiplication.recurrent(multiplication.input(x) * h)) * h
    let c = candidate.map { sigmoid($0(a)) } ?? softplus(a)
    let z = minimum(maximum(0.2 * update(x, h) + 0.5, 0), 1).named("update gate")
    return (1 - z) * h + z * c
  }
}
