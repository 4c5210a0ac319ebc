public import Autodiff
public import DenseArrays

/// The bistable recurrent cell, in which each unit hears itself only and can latch.
///
///     a = 1 + tanh(Wa x + wa * h' + ba)          feedback: above 1 the unit has two stable states
///     z = sigmoid(Wz x + wz * h' + bz)           update gate: keeps the old state
///     h = z * h' + (1 - z) * tanh(Wh x + a * h')
///
/// Source: Vecoven, Ernst and Drion, "A bio-inspired bistable recurrent cell allows for long-lasting memory", 2021.
///
/// Parameters: 3 n d + 4 n for inputs of size d and n hidden units.
///
/// Initialisation: weights Glorot uniform, wa and wz 1, biases zero.
public struct BRC: SimpleRecurrentCell {
  /// Wa and ba.
  public let feedbackInput: Linear
  /// wa.
  public let feedbackRecurrent: Scale
  /// Wz and bz.
  public let updateInput: Linear
  /// wz.
  public let updateRecurrent: Scale
  /// Wh.
  public let candidate: Linear

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    feedbackInput = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
    feedbackRecurrent = Scale(size: hiddenSize, initializer: .constant(1), using: &random)
    updateInput = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
    updateRecurrent = Scale(size: hiddenSize, initializer: .constant(1), using: &random)
    candidate = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
  }

  public var stateSize: Int { candidate.outputSize }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let a = (1 + tanh(feedbackInput(x) + feedbackRecurrent(h))).named("feedback")
    let z = sigmoid(updateInput(x) + updateRecurrent(h)).named("update gate")
    return z * h + (1 - z) * tanh(candidate(x) + a * h).named("candidate")
  }
}

/// The recurrently neuromodulated bistable cell (nBRC): `BRC` with matrices Ua and Uz in the gates, so that units hear
/// each other there.
///
/// Source: Vecoven, Ernst and Drion 2021. RecurrentLayers.jl computes the products with Ua and Uz and leaves
/// them out.
///
/// Parameters: 3 n d + 2 n^2 + 2 n for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero.
public struct NeuromodulatedBRC: SimpleRecurrentCell {
  /// Wa, Ua and ba.
  public let feedback: Gate
  /// Wz, Uz and bz.
  public let update: Gate
  /// Wh.
  public let candidate: Linear

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    feedback = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    update = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    candidate = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let a = (1 + tanh(feedback(x, h))).named("feedback")
    let z = sigmoid(update(x, h)).named("update gate")
    return z * h + (1 - z) * tanh(candidate(x) + a * h).named("candidate")
  }
}
