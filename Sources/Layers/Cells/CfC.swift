public import Autodiff
public import DenseArrays

/// The closed-form continuous-time network, with steps of one unit of time.
///
///     u = tanh(Wb x + Ub h' + bb)               backbone
///     a = tanh(Wa u + ba),  b = tanh(Wc u + bc)
///     k = sigmoid((Wd u + bd) dt + We u + be)   time gate
///     h = (1 - k) * a + k * b
///
/// Source: Hasani et al., "Closed-form continuous-time neural networks", 2022, in the form of the authors' code with
/// one backbone layer; the code's scaled tanh is a plain one here.
///
/// Parameters: n d + n^2 + n + 4 (n^2 + n) for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, Ub orthogonal, biases zero.
public struct CfC: SimpleRecurrentCell {
  /// Wb, Ub and bb.
  public let backbone: Gate
  /// Wa and ba; Wc and bc.
  public let first, second: Linear
  /// Wd and bd; We and be.
  public let timeSlope, timeOffset: Linear
  /// dt.
  public let timeStep: Double

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, timeStep: Double = 1, using random: inout RandomSource) {
    func linear() -> Linear { Linear(inputSize: hiddenSize, outputSize: hiddenSize, using: &random) }
    backbone = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    first = linear()
    second = linear()
    timeSlope = linear()
    timeOffset = linear()
    self.timeStep = timeStep
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let u = tanh(backbone(x, h))
    let k = sigmoid(timeSlope(u) * timeStep + timeOffset(u)).named("time gate")
    return (1 - k) * tanh(first(u)) + k * tanh(second(u))
  }
}
