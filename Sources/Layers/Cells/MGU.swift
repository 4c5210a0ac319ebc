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
/// let f keep the old state, and Flax multiplies by f after the recurrent product: `MGUResetAfter`.
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

/// The minimal gated unit in the form of Flax: its gate keeps the old state, and resets after the recurrent product.
///
///     f = sigmoid(Wf x + Uf h' + bf)                 forget gate
///     c = tanh(Wc x + bc + f * (Uc h' + bhc))        candidate
///     h = f * h' + (1 - f) * c
///
/// Source: `MGUCell` of the library Flax. In `MGU`, which is the paper's, a gate near 1 admits a candidate that sees the old
/// state; here it keeps the old state, and the candidate that sees it is not used.
///
/// Parameters: 2 (n d + n^2 + n) + n for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero.
public struct MGUResetAfter: SimpleRecurrentCell {
  /// Wf, Uf and bf.
  public let forget: Gate
  /// Wc, Uc, bc and, as the recurrent bias, bhc.
  public let candidate: Gate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    forget = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, recurrentBiasInitializer: .zeros, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let f = sigmoid(forget(x, h)).named("forget gate")
    let c = tanh(candidate.input(x) + f * candidate.recurrent(h)).named("candidate")
    return f * h + (1 - f) * c
  }
}
