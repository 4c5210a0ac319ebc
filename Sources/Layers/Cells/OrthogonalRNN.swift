public import Autodiff
public import DenseArrays

/// A network with orthogonal recurrent weights, so that gradients neither vanish nor explode in the linear part.
///
///     h = modReLU(Q h' + W x, b)
///     modReLU(a, b) = relu(|a| + b) sign(a)
///     Q = product of the reflections I - 2 v v^T / |v|^2           with `.householder`
///     Q = exp(A - A^T)                                            with `.exponential`
///
/// Source: reflections from Mhammedi, Hellicar, Rahman and Bailey, "Efficient orthogonal parametrisation of recurrent
/// neural networks using Householder reflections", 2017; the exponential from Lezcano-Casado and Martinez-Rubio, "Cheap
/// orthogonal constraints in neural networks", 2019; modReLU, for real numbers, from Arjovsky, Shah and Bengio 2016. Q
/// is computed once a sequence.
///
/// Parameters: n d + n + k n for inputs of size d, n hidden units and k reflections; n d + n + n^2 with the
/// exponential, of which n (n + 1) / 2 have no effect.
///
/// Initialisation: W Glorot uniform, v normal, A normal with standard deviation 1/sqrt(n), b zero.
public struct OrthogonalRNN: SimpleRecurrentCell {
  /// How Q is made from parameters.
  public enum Parametrization: Hashable, Sendable {
    /// That many reflections, at most n.
    case householder(reflections: Int)
    /// The exponential of an antisymmetric matrix.
    case exponential
  }

  /// W.
  public let input: Linear
  /// The vectors v, [k, n], or A, [n, n].
  public let recurrentWeights: Parameter
  /// b: [n].
  public let bias: Parameter
  /// How Q is made.
  public let parametrization: Parametrization
  private var orthogonal: Variable?

  /// A cell with new parameters of type float32.
  public init(
    inputSize: Int, hiddenSize: Int, parametrization: Parametrization, using random: inout RandomSource
  ) {
    input = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    switch parametrization {
    case .householder(let reflections):
      recurrentWeights = Parameter(
        .normal(standardDeviation: 1), [min(reflections, hiddenSize), hiddenSize], using: &random)
    case .exponential:
      recurrentWeights = Parameter(
        .normal(standardDeviation: 1 / Double(hiddenSize).squareRoot()), [hiddenSize, hiddenSize], using: &random)
    }
    bias = Parameter(.zeros, [hiddenSize], using: &random)
    self.parametrization = parametrization
  }

  public var stateSize: Int { input.outputSize }

  public func prepared(on tape: Tape) -> OrthogonalRNN {
    var cell = self
    cell.orthogonal = weights(on: tape)
    return cell
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let qh = matmul(h, orthogonal ?? weights(on: h.tape), transposeSecond: true)
    return modReLU(qh + input(x), bias: x.tape.parameter(bias))
  }

  /// Q.
  private func weights(on tape: Tape) -> Variable {
    let parameter = tape.parameter(recurrentWeights)
    switch parametrization {
    case .householder: return householderProduct(parameter)
    case .exponential: return matrixExponential(parameter - parameter.transposed())
    }
  }
}
