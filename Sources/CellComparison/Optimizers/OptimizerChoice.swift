internal import Autodiff
internal import DenseArrays
internal import Layers
internal import Optimizers

/// An optimizer that `OptimizerComparison` can train a recurrent net with.
public enum OptimizerChoice: String, CaseIterable, Sendable {
  /// Plain gradient descent.
  case sgd
  /// Gradient descent, clipped by the global norm.
  case sgdClipped = "sgd-clipped"
  /// Clipped gradient descent with Pascanu's penalty on vanishing gradients.
  case sgdPenalized = "sgd-penalized"
  /// Nesterov's momentum with Sutskever's schedule, clipped.
  case nesterov
  /// RMSProp, clipped.
  case rmsprop
  /// Adam, clipped.
  case adam
  /// The diagonal Hessian-free step.
  case diagonalHessianFree = "diagonal-hessian-free"
  /// AdaHessian.
  case adaHessian = "adahessian"
  /// Sophia with sampled targets.
  case sophia
  /// Hessian-free optimization.
  case hessianFree = "hessian-free"

  /// The learning rate when none is given; Hessian-free optimization has none.
  public var defaultLearningRate: Double {
    switch self {
    case .sgd, .sgdClipped, .sgdPenalized, .nesterov: 0.01
    case .rmsprop, .adam, .sophia: 0.001
    case .adaHessian: 0.01
    case .diagonalHessianFree: 0.1
    case .hessianFree: 0
    }
  }

  /// The optimizer of steps along a gradient; nil for Hessian-free optimization.
  func make(_ parameters: NamedParameters, learningRate: Double, momentum: Double) -> (any Optimizer)? {
    var optimizer: any Optimizer
    switch self {
    case .sgd, .sgdClipped, .sgdPenalized: optimizer = SGD(parameters, learningRate: learningRate)
    case .nesterov:
      optimizer = Momentum(
        parameters, learningRate: learningRate, momentum: .growing(maximum: momentum), isNesterov: true)
    case .rmsprop: optimizer = RMSProp(parameters, learningRate: learningRate)
    case .adam: optimizer = Adam(parameters, learningRate: learningRate)
    case .diagonalHessianFree:
      optimizer = DiagonalHessianFree(parameters, learningRate: learningRate, damping: 0.1, momentum: momentum)
    case .adaHessian: optimizer = AdaHessian(parameters, learningRate: learningRate)
    case .sophia: optimizer = Sophia(parameters, learningRate: learningRate)
    case .hessianFree: return nil
    }
    if self != .sgd { optimizer.clipping = .globalNorm(1) }
    return optimizer
  }
}

/// The first values of the net's weights.
public enum OptimizerInitialization: String, CaseIterable, Sendable {
  /// 15 incoming connections for each unit, recurrent weights with spectral radius 1.1 (Sutskever et al. 2013, section 3).
  case sparse
  /// Glorot's uniform input weights and orthogonal recurrent weights.
  case orthogonal
}
