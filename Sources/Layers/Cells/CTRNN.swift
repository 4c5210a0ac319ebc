public import Autodiff
public import DenseArrays

/// The continuous-time network of additive neurons in steps of Euler, with a time constant for each unit.
///
///     tau dv/dt = -v + W x + U sigmoid(v + b)
///     v = (1 - a) * v' + a * (W x + U sigmoid(v' + b)),  a = dt / tau = sigmoid(rate)
///     h = sigmoid(v + b)                                       output
///
/// Source: Beer, "On the dynamics of small continuous-time recurrent neural networks", 1995, equation 1. The time constants
/// are trained, and never shorter than a step. In `LeakyElman` the activation is outside of the sum, the leak is one number,
/// and it is not trained.
///
/// Parameters: n d + n^2 + 2 n for inputs of size d and n hidden units.
///
/// Initialisation: W Glorot uniform, U orthogonal, b zero, rates uniform in -2...2, which is time constants of 1.1 to 8.4
/// steps.
public struct CTRNN: RecurrentCell {
  /// W and U.
  public let weights: Gate
  /// b: [n].
  public let bias: Parameter
  /// The logits of dt / tau: [n].
  public let rate: Parameter

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    weights = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: nil, using: &random)
    bias = Parameter(.zeros, [hiddenSize], using: &random)
    rate = Parameter(.uniform(-2...2), [hiddenSize], using: &random)
  }

  public func zeroState(batch: Int, on tape: Tape) -> Variable { tape.zeros([batch, weights.hiddenSize]) }

  public func step(_ x: Variable, _ v: Variable, _ context: StepContext) -> (output: Variable, state: Variable) {
    let tape = context.tape
    let a = sigmoid(tape.parameter(rate))
    let b = tape.parameter(bias)
    let next = ((1 - a) * v + a * weights(x, sigmoid(v + b))).named("potential")
    return (sigmoid(next + b), next)
  }
}
