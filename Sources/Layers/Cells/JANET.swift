public import Autodiff
public import DenseArrays

/// An LSTM of which only the forget gate is left: "just another network".
///
///     a = Wf x + Uf h' + bf
///     g = tanh(Wc x + Uc h' + bc)                                     candidate
///     h = sigmoid(a) * h' + (1 - sigmoid(a - beta)) * g
///
/// Source: van der Westhuizen and Lasenby, "The unreasonable effectiveness of the forget gate", 2018; beta = 1.
///
/// Parameters: 2 (n d + n^2 + n) for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, bc zero, bf the chrono initialisation of
/// Tallec and Ollivier, log of uniform numbers in 1...T-1, where T is `longestDelay`.
public struct JANET: SimpleRecurrentCell {
  /// Wf, Uf and bf.
  public let forget: Gate
  /// Wc, Uc and bc.
  public let candidate: Gate
  /// beta.
  public let shift: Double

  /// A cell with new parameters of type float32.
  public init(
    inputSize: Int, hiddenSize: Int, shift: Double = 1, longestDelay: Int = 100, using random: inout RandomSource
  ) {
    forget = Gate(
      inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: .chrono(longestDelay: longestDelay),
      using: &random)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    self.shift = shift
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let a = forget(x, h)
    let f = sigmoid(a).named("forget gate")
    return f * h + (1 - sigmoid(a - shift)) * tanh(candidate(x, h)).named("candidate")
  }
}
