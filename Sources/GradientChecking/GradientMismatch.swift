/// Two numbers of a gradient check that should agree and do not.
public struct GradientMismatch: Sendable, Hashable, CustomStringConvertible {
  /// What was compared.
  public enum Comparison: String, Sendable, Hashable {
    /// A plain reverse sweep with differences.
    case reverse = "reverse mode"
    /// A forward sweep with differences.
    case forward = "forward mode"
    /// <J'u, v> of a reverse sweep with <u, Jv> of a forward sweep.
    case adjoint = "reverse mode against forward mode"
    /// A recorded reverse sweep with a plain one.
    case recorded = "recorded gradient"
    /// Hv by a forward sweep over a recorded gradient, with differences of plain gradients.
    case hessianForward = "forward over reverse"
    /// Hv by a reverse sweep over a recorded gradient, with differences of plain gradients.
    case hessianReverse = "reverse over reverse"
    /// v'Hw with w'Hv.
    case symmetry = "symmetry of the Hessian"
  }

  /// The parameter's or input's name; several names with commas between them where a comparison is about all of them.
  public let name: String
  /// The element, or nil where a comparison is about whole arrays.
  public let index: [Int]?
  /// The element of the output, row-major, or nil where a comparison is about combinations of outputs.
  public let output: Int?
  /// What was compared.
  public let comparison: Comparison
  /// 1 for first derivatives, 2 for second ones.
  public let order: Int
  /// What the sweep gave.
  public let analytic: Double
  /// What it was compared with: differences, or another sweep.
  public let numeric: Double

  /// |a - b| / (1 + |a| + |b|), or infinity where a number is not finite.
  public var relativeDifference: Double {
    let difference = (analytic - numeric).magnitude / (1 + analytic.magnitude + numeric.magnitude)
    return difference.isFinite ? difference : .infinity
  }

  public var description: String {
    let place = index.map { "\(name)\($0)" } ?? name
    let whichOutput = output.map { " of output \($0)" } ?? ""
    let expected =
      switch comparison {
      case .adjoint: "<u, Jv>"
      case .recorded: "plain sweep"
      case .symmetry: "transposed"
      default: "differences"
      }
    let derivative = order == 1 ? "derivative" : "second derivative"
    return "\(place): \(derivative)\(whichOutput) by \(comparison.rawValue) \(analytic), by \(expected) \(numeric)"
  }
}
