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
  /// Classical momentum, clipped.
  case momentum
  /// Nesterov's momentum, clipped: 0.9 for 1,000 steps, then the momentum asked for (Sutskever et al. 2013, section 4).
  case nesterov
  /// RMSProp, clipped.
  case rmsprop
  /// Adagrad, clipped.
  case adagrad
  /// Adam, clipped.
  case adam
  /// Adam with decoupled weight decay, 0.01, clipped.
  case adamW = "adamw"
  /// AMSGrad, clipped.
  case amsGrad = "amsgrad"
  /// Nadam, clipped.
  case nadam
  /// The diagonal Hessian-free step.
  case diagonalHessianFree = "diagonal-hessian-free"
  /// AdaHessian.
  case adaHessian = "adahessian"
  /// Sophia with sampled targets.
  case sophia
  /// Sophia with Hutchinson's diagonal of the Hessian.
  case sophiaHessian = "sophia-h"
  /// Hessian-free optimization.
  case hessianFree = "hessian-free"

  /// The learning rate when none is given.
  public var defaultLearningRate: Double {
    switch self {
    case .sgd, .sgdClipped, .sgdPenalized, .momentum, .nesterov, .adagrad, .adaHessian: 0.01
    case .rmsprop, .adam, .adamW, .amsGrad, .nadam, .sophia, .sophiaHessian: 0.001
    // A diagonal knows nothing of how weights act together.
    case .diagonalHessianFree: 0.03
    case .hessianFree: 1
    }
  }

  /// Whether a momentum can be asked for.
  public var hasMomentum: Bool { self == .momentum || self == .nesterov || self == .diagonalHessianFree }

  func make(
    _ parameters: NamedParameters, _ comparison: OptimizerComparison, learningRate: Double, momentum: Double
  ) -> any Optimizer {
    var optimizer: any Optimizer
    switch self {
    case .sgd, .sgdClipped, .sgdPenalized: optimizer = SGD(parameters, learningRate: learningRate)
    case .momentum: optimizer = Momentum(parameters, learningRate: learningRate, momentum: .constant(momentum))
    case .nesterov:
      optimizer = Momentum(
        parameters, learningRate: learningRate, momentum: .switched(from: 0.9, to: momentum, atStep: 1_000),
        isNesterov: true)
    case .rmsprop: optimizer = RMSProp(parameters, learningRate: learningRate)
    case .adagrad: optimizer = Adagrad(parameters, learningRate: learningRate)
    case .adam: optimizer = Adam(parameters, learningRate: learningRate)
    case .adamW: optimizer = AdamW(parameters, learningRate: learningRate)
    case .amsGrad: optimizer = AMSGrad(parameters, learningRate: learningRate)
    case .nadam: optimizer = Nadam(parameters, learningRate: learningRate)
    case .diagonalHessianFree:
      optimizer = DiagonalHessianFree(
        parameters, learningRate: learningRate, damping: comparison.damping ?? 0.1, momentum: momentum)
    case .adaHessian: optimizer = AdaHessian(parameters, learningRate: learningRate)
    case .sophia: optimizer = Sophia(parameters, learningRate: learningRate)
    case .sophiaHessian:
      optimizer = Sophia(parameters, learningRate: learningRate, estimator: HutchinsonDiagonal())
    case .hessianFree:
      var hessianFree = HessianFree(parameters, learningRate: learningRate, damping: comparison.damping ?? 0.1)
      hessianFree.structuralDamping = comparison.structuralDamping
      if comparison.preconditionerSamples == 0 {
        hessianFree.preconditioner = nil
      } else {
        hessianFree.preconditionerSamples = comparison.preconditionerSamples
      }
      hessianFree.conjugateGradients.maximumIterations = comparison.iterations
      return hessianFree
    }
    if self != .sgd { optimizer.clipping = comparison.clippingNorm.map { .globalNorm($0) } ?? .none }
    return optimizer
  }
}
