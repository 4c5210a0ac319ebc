public import Autodiff
public import DenseArrays

/// The antisymmetric network, a stable differential equation in steps of Euler, and its gated form.
///
///     A = U - U^T - gamma I
///     h = h' + epsilon tanh(A h' + W x + b)
///     h = h' + epsilon z * tanh(A h' + W x + b),  z = sigmoid(A h' + Wz x + bz)      gated
///
/// Source: Chang, Chen, Haber and Chi, "AntisymmetricRNN: a dynamical system view on recurrent neural networks", 2019.
/// Both products of the gated form have the same A.
///
/// Parameters: n d + n^2 + n for inputs of size d and n hidden units, of which n (n + 1) / 2 are without effect because
/// only U - U^T counts; gated n d + n more.
///
/// Initialisation: W and Wz Glorot uniform, U normal with standard deviation 1/sqrt(n), biases zero.
public struct AntisymmetricRNN: SimpleRecurrentCell {
  /// W and b.
  public let input: Linear
  /// Wz and bz of the gated form, or nil.
  public let gate: Linear?
  /// U.
  public let recurrentWeights: Parameter
  /// epsilon.
  public let timeStep: Double
  /// gamma.
  public let damping: Double
  private var antisymmetric: Variable?

  /// A cell with new parameters of type float32.
  public init(
    inputSize: Int, hiddenSize: Int, isGated: Bool = false, timeStep: Double = 0.1, damping: Double = 0.01,
    using random: inout RandomSource
  ) {
    input = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
    gate = isGated ? Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random) : nil
    recurrentWeights = Parameter(
      .normal(standardDeviation: 1 / Double(hiddenSize).squareRoot()), [hiddenSize, hiddenSize], using: &random)
    self.timeStep = timeStep
    self.damping = damping
  }

  public var stateSize: Int { recurrentWeights.shape[0] }

  public func prepared(on tape: Tape) -> AntisymmetricRNN {
    var cell = self
    cell.antisymmetric = weights(on: tape)
    return cell
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let ah = matmul(h, antisymmetric ?? weights(on: h.tape), transposeSecond: true) - damping * h
    let change = timeStep * tanh(ah + input(x)).named("candidate")
    guard let gate else { return h + change }
    return h + sigmoid(ah + gate(x)).named("gate") * change
  }

  /// U - U^T.
  private func weights(on tape: Tape) -> Variable {
    let u = tape.parameter(recurrentWeights)
    return u - u.transposed()
  }
}
