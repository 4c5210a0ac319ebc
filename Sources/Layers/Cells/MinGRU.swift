public import Autodiff
public import DenseArrays

/// The minimal gated recurrent unit without a hidden-to-hidden product: linear in its state.
///
///     z = sigmoid(Wz x)                          admits the candidate
///     c = g(Wh x)                                candidate, positive
///     h = (1 - z) * h' + z * c
///     g(a) = a + 1/2 for a >= 0, sigmoid(a) for a < 0
///
/// Source: Feng, Tung, Ahmed, Bengio and Hajimirsadeghi, "Were RNNs all we needed?", 2024, appendix B, the form of the
/// scan in log space. In the body of the paper g is the identity.
///
/// Parameters: 2 n d for inputs of size d and n hidden units; no biases.
///
/// Initialisation: weights Glorot uniform.
public struct MinGRU: SimpleRecurrentCell {
  /// Wz.
  public let update: Linear
  /// Wh.
  public let candidate: Linear

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    update = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    candidate = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
  }

  public var stateSize: Int { candidate.outputSize }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let z = sigmoid(update(x)).named("update gate")
    return (1 - z) * h + z * positive(candidate(x)).named("candidate")
  }
}

/// The minimal LSTM without a hidden-to-hidden product: linear in its state.
///
///     f = sigmoid(Wf x),  i = sigmoid(Wi x)              forget and input gate
///     h = (f * h' + i * g(Wh x)) / (f + i)               g as in `MinGRU`
///
/// Source: Feng et al. 2024.
///
/// Parameters: 3 n d for inputs of size d and n hidden units; no biases.
///
/// Initialisation: weights Glorot uniform.
public struct MinLSTM: SimpleRecurrentCell {
  /// Wf.
  public let forget: Linear
  /// Wi.
  public let input: Linear
  /// Wh.
  public let candidate: Linear

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    forget = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    input = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    candidate = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
  }

  public var stateSize: Int { candidate.outputSize }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let f = sigmoid(forget(x)).named("forget gate")
    let i = sigmoid(input(x)).named("input gate")
    return (f * h + i * positive(candidate(x)).named("candidate")) / (f + i)
  }
}

/// a + 1/2 for a >= 0, sigmoid(a) for a < 0: positive, continuous and with a continuous derivative up to 0.
private func positive(_ a: Variable) -> Variable {
  relu(a) + sigmoid(minimum(a, 0))
}
