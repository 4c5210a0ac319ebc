public import Autodiff
public import DenseArrays

/// The Lipschitz network: a linear and a nonlinear part, each with symmetric and antisymmetric weights mixed.
///
///     S(M) = beta (M - M^T) + (1 - beta) (M + M^T) - gamma I
///     h = h' + epsilon (S(A) h' + tanh(S(U) h' + W x + b))
///
/// Source: Erichson, Azencot, Queiruga, Hodgkinson and Mahoney, "Lipschitz recurrent neural networks", 2021.
///
/// Parameters: n d + 2 n^2 + n for inputs of size d and n hidden units.
///
/// Initialisation: W Glorot uniform, A and U normal with standard deviation 1/sqrt(n), b zero.
public struct LipschitzRNN: SimpleRecurrentCell {
  /// W and b.
  public let input: Linear
  /// A.
  public let linearWeights: Parameter
  /// U.
  public let recurrentWeights: Parameter
  /// epsilon.
  public let timeStep: Double
  /// beta, between 0 for symmetric and 1 for antisymmetric weights.
  public let antisymmetry: Double
  /// gamma.
  public let damping: Double
  private var mixed: (linear: Variable, recurrent: Variable)?

  /// A cell with new parameters of type float32.
  public init(
    inputSize: Int, hiddenSize: Int, timeStep: Double = 0.1, antisymmetry: Double = 0.7, damping: Double = 0.001,
    using random: inout RandomSource
  ) {
    let normal = Initializer.normal(standardDeviation: 1 / Double(hiddenSize).squareRoot())
    input = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
    linearWeights = Parameter(normal, [hiddenSize, hiddenSize], using: &random)
    recurrentWeights = Parameter(normal, [hiddenSize, hiddenSize], using: &random)
    self.timeStep = timeStep
    self.antisymmetry = antisymmetry
    self.damping = damping
  }

  public var stateSize: Int { recurrentWeights.shape[0] }

  public func prepared(on tape: Tape) -> LipschitzRNN {
    var cell = self
    cell.mixed = weights(on: tape)
    return cell
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let weights = mixed ?? weights(on: h.tape)
    let linear = matmul(h, weights.linear, transposeSecond: true) - damping * h
    let recurrent = matmul(h, weights.recurrent, transposeSecond: true) - damping * h
    return h + timeStep * (linear + tanh(recurrent + input(x)))
  }

  private func weights(on tape: Tape) -> (linear: Variable, recurrent: Variable) {
    (mixture(tape.parameter(linearWeights)), mixture(tape.parameter(recurrentWeights)))
  }

  /// beta (M - M^T) + (1 - beta) (M + M^T).
  private func mixture(_ m: Variable) -> Variable {
    m + (1 - 2 * antisymmetry) * m.transposed()
  }
}
