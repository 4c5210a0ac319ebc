public import Autodiff
public import DenseArrays

/// The affine map W x + U h + b that a recurrent cell has for each gate and candidate.
///
///     let forget = Gate(inputSize: 64, hiddenSize: 128, using: &random)
///     let f = sigmoid(forget(x, h))
///
/// `hiddenSize (inputSize + recurrentSize + 1)` numbers, `hiddenSize` more with a recurrent bias. Input weights are Glorot
/// uniform, recurrent weights orthogonal and biases zero unless said.
public struct Gate: Module {
  /// W: [hidden, inputs].
  public let inputWeights: Parameter
  /// U: [hidden, recurrent].
  public let recurrentWeights: Parameter
  /// b: [hidden], or nil without one.
  public let bias: Parameter?
  /// A bias of [hidden] that is added to U h, for gates whose recurrent part is used on its own; usually nil.
  public let recurrentBias: Parameter?

  /// A gate with new parameters of type float32.
  ///
  /// `recurrentSize` is the size of the state that the gate reads, where it differs from `hiddenSize`. A bias whose
  /// initialiser is nil is left out.
  public init(
    inputSize: Int, hiddenSize: Int, recurrentSize: Int? = nil, inputInitializer: Initializer = .glorotUniform(),
    recurrentInitializer: Initializer = .orthogonal(), biasInitializer: Initializer? = .zeros,
    recurrentBiasInitializer: Initializer? = nil, using random: inout RandomSource
  ) {
    inputWeights = Parameter(inputInitializer([hiddenSize, inputSize], using: &random), name: "inputWeights")
    recurrentWeights = Parameter(
      recurrentInitializer([hiddenSize, recurrentSize ?? hiddenSize], using: &random), name: "recurrentWeights")
    bias = biasInitializer.map { Parameter($0([hiddenSize], using: &random), name: "bias") }
    recurrentBias = recurrentBiasInitializer.map { Parameter($0([hiddenSize], using: &random), name: "recurrentBias") }
  }

  /// The size of the input.
  public var inputSize: Int { inputWeights.shape[1] }

  /// The size of the state that the gate reads.
  public var recurrentSize: Int { recurrentWeights.shape[1] }

  /// The size of what comes out.
  public var hiddenSize: Int { inputWeights.shape[0] }

  /// W x + U h + b for x of shape [batch, inputs] and h of shape [batch, recurrent].
  public func callAsFunction(_ x: Variable, _ h: Variable) -> Variable {
    let tape = x.tape
    guard let overrides = tape.activeOverrides, overrides.ownerOfSum(of: inputWeights) != nil else {
      return input(x) + recurrent(h)
    }
    let (wx, uh) = (affine(x, weights: inputWeights), affine(h, weights: recurrentWeights))
    let sum = overrides.sum(wx, uh, of: inputWeights)
    return [bias, recurrentBias].compactMap { $0 }.reduce(sum) { $0 + tape.parameter($1) }
  }

  /// The part that does not depend on the state: W x + b.
  public func input(_ x: Variable) -> Variable {
    requireNoSum(x.tape)
    return affine(x, weights: inputWeights, bias: bias)
  }

  /// The part that depends on the state: U h, plus the recurrent bias where there is one.
  public func recurrent(_ h: Variable) -> Variable {
    requireNoSum(h.tape)
    return affine(h, weights: recurrentWeights, bias: recurrentBias)
  }

  /// Stops for a part of a gate whose sum a wrapper changes: there is none.
  private func requireNoSum(_ tape: Tape) {
    if let owner = tape.activeOverrides?.ownerOfSum(of: inputWeights) {
      stop("\(owner): its parts are used one by one, so that there is no sum")
    }
  }
}
