public import Autodiff
public import DenseArrays

/// A state and the input before, for cells that look at two inputs at once.
public struct PreviousInputState: RecurrentState {
  /// The memory, [batch, n].
  public var memory: Variable
  /// The input of the step before, [batch, d].
  public var previousInput: Variable

  public init(memory: Variable, previousInput: Variable) {
    self.memory = memory
    self.previousInput = previousInput
  }

  public func map(_ transform: (Variable) -> Variable) -> PreviousInputState {
    PreviousInputState(memory: transform(memory), previousInput: transform(previousInput))
  }
}

/// The quasi-recurrent network: convolutions over two inputs, and pooling over time that is linear in the state.
///
///     u = [x; x before]
///     z = tanh(Wz u),  f = sigmoid(Wf u),  o = sigmoid(Wo u),  i = sigmoid(Wi u)
///     c = f * c' + (1 - f) * z,  h = c                     f-pooling
///     c = f * c' + (1 - f) * z,  h = o * c                 fo-pooling
///     c = f * c' + i * z,        h = o * c                 ifo-pooling
///
/// Source: Bradbury, Merity, Xiong and Socher, "Quasi-recurrent neural networks", 2017, with windows of two.
/// The authors' kernel for f-pooling has the forget gate the other way round.
///
/// Parameters: 2 g n d for inputs of size d, n hidden units and g = 2, 3 or 4 maps; no biases.
///
/// Initialisation: weights Glorot uniform.
public struct QRNN: RecurrentCell {
  /// Which gates pool over time.
  public enum Pooling: String, CaseIterable, Sendable {
    /// A forget gate.
    case forget
    /// Forget and output gates.
    case forgetOutput
    /// Input, forget and output gates.
    case inputForgetOutput
  }

  /// Wz.
  public let candidate: Linear
  /// Wf.
  public let forget: Linear
  /// Wo, unless the pooling has none.
  public let output: Linear?
  /// Wi, unless the pooling has none.
  public let input: Linear?

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, pooling: Pooling = .forgetOutput, using random: inout RandomSource) {
    func window() -> Linear {
      Linear(inputSize: 2 * inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    }
    candidate = window()
    forget = window()
    output = pooling == .forget ? nil : window()
    input = pooling == .inputForgetOutput ? window() : nil
  }

  public func zeroState(batch: Int, on tape: Tape) -> PreviousInputState {
    PreviousInputState(
      memory: tape.zeros([batch, candidate.outputSize]), previousInput: tape.zeros([batch, candidate.inputSize / 2]))
  }

  public func step(
    _ x: Variable, _ state: PreviousInputState, _ context: StepContext
  ) -> (output: Variable, state: PreviousInputState) {
    let u = concatenate([x, state.previousInput], axis: -1)
    let f = sigmoid(forget(u)).named("forget gate")
    let i = input.map { sigmoid($0(u)).named("input gate") } ?? 1 - f
    let c = (f * state.memory + i * tanh(candidate(u)).named("candidate")).named("memory")
    let h = output.map { sigmoid($0(u)).named("output gate") * c } ?? c
    return (h, PreviousInputState(memory: c, previousInput: x))
  }
}

/// The strongly typed GRU and LSTM: gates of two inputs, linear in the state.
///
///     u = [x; x before],  z = Wz u,  f = sigmoid(Wf u),  o = tanh(Wo u)
///     h = f * h' + z * o                                        GRU
///     c = f * c' + (1 - f) * z,  h = c * o                      LSTM
///
/// Source: Balduzzi and Ghifary, "Strongly-typed recurrent neural networks", 2016; see also `TypedRNN`.
///
/// Parameters: 6 n d for inputs of size d and n hidden units; no biases.
///
/// Initialisation: weights Glorot uniform.
public struct TypedGatedCell: RecurrentCell {
  /// Wz.
  public let candidate: Linear
  /// Wf.
  public let forget: Linear
  /// Wo.
  public let output: Linear
  /// Whether this is the LSTM, and not the GRU.
  public let isLSTM: Bool

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, isLSTM: Bool, using random: inout RandomSource) {
    func window() -> Linear {
      Linear(inputSize: 2 * inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    }
    candidate = window()
    forget = window()
    output = window()
    self.isLSTM = isLSTM
  }

  public func zeroState(batch: Int, on tape: Tape) -> PreviousInputState {
    PreviousInputState(
      memory: tape.zeros([batch, candidate.outputSize]), previousInput: tape.zeros([batch, candidate.inputSize / 2]))
  }

  public func step(
    _ x: Variable, _ state: PreviousInputState, _ context: StepContext
  ) -> (output: Variable, state: PreviousInputState) {
    let u = concatenate([x, state.previousInput], axis: -1)
    let f = sigmoid(forget(u)).named("forget gate")
    let o = tanh(output(u)).named("output gate")
    let z = candidate(u).named("candidate")
    let memory = (isLSTM ? f * state.memory + (1 - f) * z : f * state.memory + z * o).named("memory")
    return (isLSTM ? memory * o : memory, PreviousInputState(memory: memory, previousInput: x))
  }
}
