public import Autodiff
public import DenseArrays

/// The piecewise-linear network of nonlinear dynamics.
///
///     h = a * h' + U relu(h') + W x + b            U without its diagonal
///
/// Source: Koppe, Toutounji, Kirsch, Lis and Durstewitz, "Identifying nonlinear dynamical systems via generative
/// recurrent neural networks", 2019. The diagonal of U is masked at every step; torchrecurrent only starts it at zero.
///
/// Parameters: n d + n^2 + 2 n for inputs of size d and n hidden units, of which the diagonal of U has no effect.
///
/// Initialisation: W Glorot uniform, a 0.5, U normal with standard deviation 0.1/sqrt(n), b zero.
public struct PLRNN: SimpleRecurrentCell {
  /// a.
  public let diagonal: Scale
  /// U: [n, n].
  public let recurrentWeights: Parameter
  /// W and b.
  public let input: Linear
  private var masked: Variable?

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    diagonal = Scale(size: hiddenSize, initializer: .constant(0.5), using: &random)
    recurrentWeights = Parameter(
      .normal(standardDeviation: 0.1 / Double(hiddenSize).squareRoot()), [hiddenSize, hiddenSize], using: &random)
    input = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
  }

  public var stateSize: Int { diagonal.size }

  public func prepared(on tape: Tape) -> PLRNN {
    var cell = self
    cell.masked = weights(on: tape)
    return cell
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    diagonal(h) + matmul(relu(h), masked ?? weights(on: h.tape), transposeSecond: true) + input(x)
  }

  /// U without its diagonal.
  private func weights(on tape: Tape) -> Variable {
    tape.parameter(recurrentWeights) * (1 - tape.identity(stateSize))
  }
}

extension Tape {
  /// The identity matrix as a constant.
  func identity(_ size: Int) -> Variable {
    let elements = (0..<size * size).map { $0 / size == $0 % size ? 1 : 0.0 }
    return constant(DenseArray(elements, shape: [size, size]).converted(to: scalarType))
  }
}
