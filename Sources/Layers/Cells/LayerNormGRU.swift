public import Autodiff
public import DenseArrays

/// The layer-normalised GRU that resets after the product.
///
///     [r~ z~ c~] = LN(W x) + b
///     [ru zu cu] = LN(U h') + bh
///     r = sigmoid(r~ + ru),  z = sigmoid(z~ + zu)            z keeps the old state
///     h = z * h' + (1 - z) * tanh(c~ + r * cu)
///
/// Source: Ba, Kiros and Hinton, "Layer normalization", 2016, in the form of the library haste: norms over all three
/// sums at once, with gains.
///
/// Parameters: 3 (n d + n^2) + 10 n for inputs of size d and n hidden units; of bh only the candidate's part is kept,
/// because the other two would be added to b.
///
/// Initialisation: W Glorot uniform, U orthogonal, gains 1, biases zero.
public struct LayerNormGRU: SimpleRecurrentCell {
  /// W, in the order r, z, c.
  public let input: Linear
  /// U.
  public let recurrent: Linear
  /// LN(W x) with b as its bias.
  public let inputNorm: LayerNorm
  /// The gain of LN(U h').
  public let recurrentNorm: LayerNorm
  /// The candidate's part of bh: [n].
  public let recurrentBias: Parameter

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    let n = hiddenSize
    input = Linear(inputSize: inputSize, outputSize: 3 * n, biasInitializer: nil, using: &random)
    recurrent = Linear(
      inputSize: n, outputSize: 3 * n, initializer: .orthogonal(), biasInitializer: nil, using: &random)
    inputNorm = LayerNorm(size: 3 * n, using: &random)
    recurrentNorm = LayerNorm(size: 3 * n, biasInitializer: nil, using: &random)
    recurrentBias = Parameter(.zeros, [n], using: &random)
  }

  public var stateSize: Int { recurrent.inputSize }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let inputs = split(inputNorm(input(x)), into: 3)
    let states = split(recurrentNorm(recurrent(h)), into: 3)
    let r = sigmoid(inputs[0] + states[0]).named("reset gate")
    let z = sigmoid(inputs[1] + states[1]).named("update gate")
    return z * h + (1 - z) * tanh(inputs[2] + r * (states[2] + x.tape.parameter(recurrentBias)))
  }
}
