public import Autodiff
public import DenseArrays

/// The coupled oscillatory network: driven, damped oscillators in steps of time.
///
///     v = v' + dt (tanh(W x + U y' + R v' + b) - gamma y' - epsilon v')     velocity
///     y = y' + dt v                                                        position, the output
///
/// Source: Rusch and Mishra, "Coupled oscillatory recurrent neural network (coRNN)", 2021, explicit in the
/// velocity as in the authors' code; some libraries' documentation has the implicit form.
///
/// Parameters: n d + 2 n^2 + n for inputs of size d and n oscillators.
///
/// Initialisation: W Glorot uniform, U and R orthogonal, b zero.
public struct CoRNN: RecurrentCell {
  /// W, U and b.
  public let force: Gate
  /// R.
  public let friction: Linear
  /// dt.
  public let timeStep: Double
  /// gamma.
  public let stiffness: Double
  /// epsilon.
  public let damping: Double

  /// A cell with new parameters of type float32.
  public init(
    inputSize: Int, hiddenSize: Int, timeStep: Double = 0.1, stiffness: Double = 1, damping: Double = 0.5,
    using random: inout RandomSource
  ) {
    force = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    friction = Linear(
      inputSize: hiddenSize, outputSize: hiddenSize, initializer: .orthogonal(), biasInitializer: nil, using: &random)
    self.timeStep = timeStep
    self.stiffness = stiffness
    self.damping = damping
  }

  public func zeroState(batch: Int, on tape: Tape) -> OscillatorState {
    OscillatorState(zeros: [batch, force.hiddenSize], on: tape)
  }

  public func step(
    _ x: Variable, _ state: OscillatorState, _ context: StepContext
  ) -> (output: Variable, state: OscillatorState) {
    let (y, v) = (state.position, state.velocity)
    let drive = tanh(force(x, y) + friction(v)).named("drive")
    let velocity = v + timeStep * (drive - stiffness * y - damping * v)
    let position = y + timeStep * velocity
    return (position, OscillatorState(position: position, velocity: velocity))
  }
}

/// Positions and velocities of oscillators, [batch, n] each.
public struct OscillatorState: RecurrentState {
  public var position: Variable
  public var velocity: Variable

  public init(position: Variable, velocity: Variable) {
    self.position = position
    self.velocity = velocity
  }

  /// Oscillators at rest.
  init(zeros shape: Shape, on tape: Tape) {
    let zero = tape.zeros(shape)
    self.init(position: zero, velocity: zero)
  }

  public func map(_ transform: (Variable) -> Variable) -> OscillatorState {
    OscillatorState(position: transform(position), velocity: transform(velocity))
  }
}
