public import Autodiff
public import DenseArrays

/// The undamped independent oscillators, each with a frequency of its own; meant for stacks of many layers.
///
///     k = dt sigmoid(c)
///     v = v' - k * (tanh(u * y' + W x + b) + alpha y')      velocity
///     y = y' + k * v                                        position, the output
///
/// Source: Rusch and Mishra, "UnICORNN: a recurrent model for learning very long time dependencies", 2021.
///
/// Parameters: n d + 3 n for inputs of size d and n oscillators.
///
/// Initialisation: W He uniform, u uniform in 0...1, b zero, c uniform in -0.1...0.1.
public struct UnICORNN: RecurrentCell {
  /// W and b.
  public let input: Linear
  /// u.
  public let recurrent: Scale
  /// c.
  public let frequency: Parameter
  /// dt.
  public let timeStep: Double
  /// alpha.
  public let stiffness: Double

  /// A cell with new parameters of type float32.
  public init(
    inputSize: Int, hiddenSize: Int, timeStep: Double = 0.2, stiffness: Double = 0.9, using random: inout RandomSource
  ) {
    input = Linear(inputSize: inputSize, outputSize: hiddenSize, initializer: .heUniform, using: &random)
    recurrent = Scale(size: hiddenSize, initializer: .uniform(0...1), using: &random)
    frequency = Parameter(.uniform(-0.1...0.1), [hiddenSize], using: &random)
    self.timeStep = timeStep
    self.stiffness = stiffness
  }

  public func zeroState(batch: Int, on tape: Tape) -> OscillatorState {
    OscillatorState(zeros: [batch, recurrent.size], on: tape)
  }

  public func step(
    _ x: Variable, _ state: OscillatorState, _ context: StepContext
  ) -> (output: Variable, state: OscillatorState) {
    let (y, v) = (state.position, state.velocity)
    let k = timeStep * sigmoid(x.tape.parameter(frequency))
    let velocity = v - k * (tanh(recurrent(y) + input(x)) + stiffness * y)
    let position = y + k * velocity
    return (position, OscillatorState(position: position, velocity: velocity))
  }
}
