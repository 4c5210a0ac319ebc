public import Autodiff
public import DenseArrays

/// W x + U h + b, or only some of the three terms: what a gate can do with less.
///
/// Source: Salem and coworkers name them by number: 1 is U h + b, 2 is U h, 3 is b.
public struct LightGate: Module {
  /// The terms that a gate has.
  public enum Terms: String, CaseIterable, Sendable {
    /// W x + U h + b.
    case all
    /// Number 1: U h + b.
    case recurrentAndBias
    /// Number 2: U h.
    case recurrent
    /// Number 3: b.
    case bias
  }

  /// W, [hidden, inputs].
  public let inputWeights: Parameter?
  /// U, [hidden, hidden].
  public let recurrentWeights: Parameter?
  /// b, [hidden].
  public let bias: Parameter?

  /// A gate with new parameters of type float32: W Glorot uniform, U orthogonal, b as said.
  public init(
    inputSize: Int, hiddenSize: Int, terms: Terms, biasInitializer: Initializer = .zeros,
    using random: inout RandomSource
  ) {
    inputWeights =
      terms == .all ? Parameter(.glorotUniform(), [hiddenSize, inputSize], using: &random) : nil
    recurrentWeights =
      terms == .bias ? nil : Parameter(.orthogonal(), [hiddenSize, hiddenSize], using: &random)
    bias = terms == .recurrent ? nil : Parameter(biasInitializer, [hiddenSize], using: &random)
  }

  /// The sum for x of shape [batch, inputs] and h of shape [batch, hidden].
  public func callAsFunction(_ x: Variable, _ h: Variable) -> Variable {
    let wx = inputWeights.map { affine(x, weights: $0, bias: bias) }
    let uh = recurrentWeights.map { affine(h, weights: $0, bias: wx == nil ? bias : nil) }
    if let wx, let uh { return wx + uh }
    return uh ?? bias.map { x.tape.parameter($0) } ?? h
  }
}
