internal import DenseArrays

/// What an optimizer does to gradients that are too large.
public enum GradientClipping: Equatable, Sendable {
  /// Nothing.
  case none
  /// All gradients times bound / norm when the Euclidean norm of all together is over the bound (Pascanu et al. 2013).
  case globalNorm(Double)
  /// Each parameter's gradient times bound / norm when its own Euclidean norm is over the bound.
  case parameterNorm(Double)
  /// Each element into -bound ... bound.
  case value(Double)

  /// Whether norms are those of each parameter.
  var isPerParameter: Bool { if case .parameterNorm = self { true } else { false } }

  /// The factor on all elements and the bound on each, for gradients of the given norm; a bound that is not positive stops.
  func limits(norm: Double) -> (scale: Double, bound: Double) {
    switch self {
    case .none:
      return (1, .infinity)
    case .globalNorm(let bound):
      guard bound > 0 else { stop("GradientClipping.globalNorm: the bound is positive, not \(bound)") }
      return (norm > bound ? bound / norm : 1, .infinity)
    case .parameterNorm(let bound):
      guard bound > 0 else { stop("GradientClipping.parameterNorm: the bound is positive, not \(bound)") }
      return (norm > bound ? bound / norm : 1, .infinity)
    case .value(let bound):
      guard bound > 0 else { stop("GradientClipping.value: the bound is positive, not \(bound)") }
      return (1, bound)
    }
  }
}
