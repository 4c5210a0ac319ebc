public import Autodiff
public import DenseArrays

/// The addition-subtraction twin-gated network: both gates from one product each of input and state.
///
///     p = W x + b,  q = U h'
///     i = sigmoid(p + q)             input gate
///     f = sigmoid(p - q)             forget gate
///     h = i * p + f * h'
///
/// Source: Zhang, Xiong, Su, Lin and Zhang, "Simplifying neural machine translation with addition-subtraction
/// twin-gated recurrent networks", 2018.
///
/// Parameters: n d + n^2 + n for inputs of size d and n hidden units.
///
/// Initialisation: W Glorot uniform, U orthogonal, b zero.
public struct ATR: SimpleRecurrentCell {
  /// W, U and b.
  public let shared: Gate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    shared = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let (p, q) = (shared.input(x), shared.recurrent(h))
    let i = sigmoid(p + q).named("input gate")
    let f = sigmoid(p - q).named("forget gate")
    return i * p + f * h
  }
}
