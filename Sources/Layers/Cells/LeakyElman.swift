public import Autodiff
public import DenseArrays

/// Leaky units, a continuous-time network in steps of Euler: h = (1 - a) h' + a tanh(W x + U h' + b).
///
/// Source: Jaeger, Lukosevicius, Popovici and Siewert, "Optimization and applications of echo state networks with
/// leaky-integrator neurons", 2007 with all weights trained. a is the time step over the units' time constant.
///
/// Parameters: n d + n^2 + n for inputs of size d and n hidden units; a is not trained.
///
/// Initialisation: W Glorot uniform, U orthogonal, b zero. Reservoir libraries keep W and U fixed and train a readout
/// only.
public struct LeakyElman: SimpleRecurrentCell {
  /// W, U and b.
  public let hidden: Gate
  /// a, above 0 and at most 1: the part of the state that is new at each step.
  public let leak: Double

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, leak: Double = 0.3, using random: inout RandomSource) {
    hidden = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    self.leak = leak
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    (1 - leak) * h + leak * tanh(hidden(x, h))
  }
}
