public import Autodiff
public import DenseArrays

/// The minimal gated unit: one gate forgets and resets.
///
///     f = sigmoid(Wf x + Uf h' + bf)              forget gate
///     c = tanh(Wc x + Uc (f * h') + bc)           candidate
///     h = (1 - f) * h' + f * c
///
/// Source: Zhou, Wu, Zhang and Zhou, "Minimal gated unit for recurrent neural networks", 2016. The lighter
/// gates are MGU1, MGU2 and MGU3 of Heck and Salem, "Simplified minimal gated unit variations for recurrent neural
/// networks", 2017.
///
/// Parameters: 2 (n d + n^2 + n) for inputs of size d and n hidden units; a lighter gate has fewer.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero. RecurrentLayers.jl and Flax
/// let f keep the old state, and Flax multiplies by f after the recurrent product.
public struct MGU: SimpleRecurrentCell {
  /// Wc, Uc and bc.
  public let candidate: Gate
  /// The sum inside the forget gate: Wf, Uf and bf, or what is left of it.
  public let forget: LightGate

  /// A cell with new parameters of type float32.
  public init(
    inputSize: Int, hiddenSize: Int, forgetTerms: LightGate.Terms = .all, using random: inout RandomSource
  ) {
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    forget = LightGate(inputSize: inputSize, hiddenSize: hiddenSize, terms: forgetTerms, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let f = sigmoid(forget(x, h)).named("forget gate")
    let c = tanh(candidate(x, f * h)).named("candidate")
    return (1 - f) * h + f * c
  }
}
