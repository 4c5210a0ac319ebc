public import Autodiff
public import DenseArrays

/// The structurally constrained network: a simple network beside slow context units.
///
///     c = (1 - alpha) B x + alpha c'              context
///     h = sigmoid(P c + A x + R h')               hidden units
///     output [h; c]
///
/// Source: Mikolov, Joulin, Chopra, Mathieu and Ranzato, "Learning longer memory in recurrent neural networks", 2015.
/// The paper's readout, U h + V c, is any affine map of this cell's output.
///
/// Parameters: n d + n^2 + m d + n m for inputs of size d, n hidden and m context units; no biases. The output has n +
/// m numbers.
///
/// Initialisation: A, B and P Glorot uniform, R orthogonal.
public struct SCRN: RecurrentCell {
  /// B.
  public let context: Linear
  /// P.
  public let fromContext: Linear
  /// A and R.
  public let hidden: Gate
  /// alpha.
  public let decay: Double

  /// A cell with new parameters of type float32; as many context units as hidden units unless said.
  public init(
    inputSize: Int, hiddenSize: Int, contextSize: Int? = nil, decay: Double = 0.95, using random: inout RandomSource
  ) {
    let contextSize = contextSize ?? hiddenSize
    context = Linear(inputSize: inputSize, outputSize: contextSize, biasInitializer: nil, using: &random)
    fromContext = Linear(inputSize: contextSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    hidden = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: nil, using: &random)
    self.decay = decay
  }

  public func zeroState(batch: Int, on tape: Tape) -> LSTM.State {
    LSTM.State(hidden: tape.zeros([batch, hidden.hiddenSize]), memory: tape.zeros([batch, context.outputSize]))
  }

  public func step(
    _ x: Variable, _ state: LSTM.State, _ context: StepContext
  ) -> (output: Variable, state: LSTM.State) {
    let c = ((1 - decay) * self.context(x) + decay * state.memory).named("context")
    let h = sigmoid(fromContext(c) + hidden(x, state.hidden))
    return (concatenate([h, c], axis: -1), LSTM.State(hidden: h, memory: c))
  }
}
