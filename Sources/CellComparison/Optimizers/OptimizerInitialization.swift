internal import DenseArrays
internal import Layers

/// The first values of the net's weights, and the activation that they are for.
public enum OptimizerInitialization: String, CaseIterable, Sendable {
  /// 15 incoming connections for each unit, recurrent weights with a spectral radius (Sutskever et al. 2013, section 3).
  case sparse
  /// Glorot's uniform input weights and orthogonal recurrent weights.
  case orthogonal
  /// Rectified linear units instead of tanh, the identity as recurrent weights and small input weights: the IRNN of Le,
  /// Jaitly and Hinton 2015.
  case irnn
  /// Rectified linear units instead of tanh, all weights uniform as Glorot and Bengio have them.
  case rectifiedGlorot = "relu-glorot"

  /// The cell with its first weights.
  func makeCell(
    _ comparison: OptimizerComparison, inputSize: Int, using random: inout RandomSource
  ) -> Elman {
    let size = comparison.hiddenSize
    switch self {
    case .sparse:
      return Elman(
        inputSize: inputSize, hiddenSize: size,
        inputInitializer: .sparse(standardDeviation: comparison.inputScale),
        recurrentInitializer: .sparse().scaled(toSpectralRadius: comparison.spectralRadius), using: &random)
    case .orthogonal: return Elman(inputSize: inputSize, hiddenSize: size, using: &random)
    case .irnn: return .identity(inputSize: inputSize, hiddenSize: size, using: &random)
    case .rectifiedGlorot:
      return Elman(
        inputSize: inputSize, hiddenSize: size, activation: .relu, recurrentInitializer: .glorotUniform(),
        using: &random)
    }
  }

  /// The first weights of the readout.
  var readout: Initializer { self == .sparse ? .normal(standardDeviation: 0.1) : .glorotUniform() }
}
