public import Autodiff
public import DenseArrays

/// The first of three gated cells that an evolutionary search found.
///
///     z = sigmoid(Wz x + bz)                                 admits the candidate; hears the input only
///     r = sigmoid(Wr x + Ur h' + br)
///     h = tanh(U (r * h') + tanh(Wx x) + b) * z + h' * (1 - z)
///
/// Source: Jozefowicz, Zaremba and Sutskever, "An empirical exploration of recurrent network architectures", 2015. The
/// paper has tanh(x) with as many inputs as units; every library has a projection Wx there.
///
/// Parameters: 3 n d + 2 n^2 + 3 n for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero.
public struct MUT1: SimpleRecurrentCell {
  /// Wr, Ur and br.
  public let reset: Gate
  /// Wz and bz.
  public let update: Linear
  /// Wx.
  public let projection: Linear
  /// U and b.
  public let candidate: Linear

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    reset = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    update = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
    projection = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    candidate = Linear(inputSize: hiddenSize, outputSize: hiddenSize, initializer: .orthogonal(), using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let z = sigmoid(update(x)).named("update gate")
    let r = sigmoid(reset(x, h)).named("reset gate")
    return tanh(candidate(r * h) + tanh(projection(x))).named("candidate") * z + h * (1 - z)
  }
}

/// The second cell of Jozefowicz et al. 2015.
///
///     z = sigmoid(Wz x + Uz h' + bz)                         admits the candidate
///     r = sigmoid(Wr x + Ur h' + br)                         the paper has a bare x for Wr x
///     h = tanh(U (r * h') + W x + b) * z + h' * (1 - z)
///
/// With a projection in the place of the bare x it is `GRUResetBefore` with the opposite update gate.
///
/// Parameters: 3 (n d + n^2 + n) for inputs of size d and n hidden units; n d fewer where d is n and `hasBareInput`.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero.
public struct MUT2: SimpleRecurrentCell {
  /// Wz, Uz and bz.
  public let update: Gate
  /// Ur and br.
  public let reset: Linear
  /// Wr, or nil for the bare input.
  public let projection: Linear?
  /// W, U and b.
  public let candidate: Gate

  /// A cell with new parameters of type float32; a bare input has to have the size of the state.
  public init(inputSize: Int, hiddenSize: Int, hasBareInput: Bool? = nil, using random: inout RandomSource) {
    let isBare = hasBareInput ?? (inputSize == hiddenSize)
    update = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    reset = Linear(inputSize: hiddenSize, outputSize: hiddenSize, initializer: .orthogonal(), using: &random)
    projection =
      isBare ? nil : Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let z = sigmoid(update(x, h)).named("update gate")
    let r = sigmoid((projection?(x) ?? x) + reset(h)).named("reset gate")
    return tanh(candidate(x, r * h)).named("candidate") * z + h * (1 - z)
  }
}

/// The third cell of Jozefowicz et al. 2015.
///
///     z = sigmoid(Wz x + Uz tanh(h') + bz)                   admits the candidate
///     r = sigmoid(Wr x + Ur h' + br)
///     h = tanh(U (r * h') + W x + b) * z + h' * (1 - z)
///
/// Parameters: 3 (n d + n^2 + n) for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero.
public struct MUT3: SimpleRecurrentCell {
  /// Wz, Uz and bz.
  public let update: Gate
  /// Wr, Ur and br.
  public let reset: Gate
  /// W, U and b.
  public let candidate: Gate

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    update = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    reset = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let z = sigmoid(update(x, tanh(h))).named("update gate")
    let r = sigmoid(reset(x, h)).named("reset gate")
    return tanh(candidate(x, r * h)).named("candidate") * z + h * (1 - z)
  }
}
