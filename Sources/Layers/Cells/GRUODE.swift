public import Autodiff
public import DenseArrays

/// The gated recurrent unit as a differential equation, in steps of Euler.
///
///     r = sigmoid(Wr x + Ur h' + br)
///     z = sigmoid(Wz x + Uz h' + bz)
///     g = tanh(Wg x + Ug (r * h') + bg)
///     h = h' + dt (1 - z) * (g - h')             dh/dt = (1 - z) (g - h); with dt = 1 `GRUResetBefore`
///
/// Source: De Brouwer, Simm, Arany and Moreau, "GRU-ODE-Bayes: continuous modeling of sporadically-observed time
/// series", 2019, with the input held during a step.
///
/// Parameters: 3 (n d + n^2 + n) for inputs of size d and n hidden units. Initialisation: as `GRUResetBefore`.
public struct GRUODE: SimpleRecurrentCell {
  /// The sums of r, z and g.
  public let reset, update, candidate: Gate
  /// dt.
  public let timeStep: Double

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, timeStep: Double = 0.5, using random: inout RandomSource) {
    reset = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    update = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    self.timeStep = timeStep
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let r = sigmoid(reset(x, h)).named("reset gate")
    let z = sigmoid(update(x, h)).named("update gate")
    return h + timeStep * (1 - z) * (tanh(candidate(x, r * h)).named("candidate") - h)
  }
}
