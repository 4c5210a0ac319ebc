/// What a gradient check found.
public struct GradientReport: Sendable, CustomStringConvertible {
  /// The numbers that do not agree, worst first.
  public internal(set) var failures: [GradientMismatch] = []
  /// Elements of the output that are not finite at the given point: the function's own NaNs and infinities.
  public internal(set) var nonFiniteOutputs: [(index: Int, value: Double)] = []
  /// Whether two runs at one point gave different values; no difference means anything then.
  public internal(set) var isStochastic: Bool = false
  /// Whether every point that was tried is a kink: a point without a derivative.
  public internal(set) var hasKinkEverywhere: Bool = false
  /// Whether there is nothing to take a derivative by: no parameter and no floating-point input.
  public internal(set) var hasNothingToCompare: Bool = false
  /// Parameters that the function used and that the check was not given.
  public internal(set) var missing: [String] = []
  /// Given parameters and inputs that do not influence the output at the point.
  ///
  /// Their gradients are zeros, which is right; often they have been forgotten in a formula.
  public internal(set) var unused: [String] = []
  /// How often the point was moved because the function has no derivative there.
  public internal(set) var resamples: Int = 0
  /// The number of pairs of numbers that were compared.
  public internal(set) var comparisons: Int = 0
  /// The largest |a - b| / (1 + |a| + |b|) of differences and sweeps that agreed.
  public internal(set) var largestDifference: Double = 0

  /// Whether all derivatives agree, and the function is one that has derivatives.
  public var passed: Bool {
    failures.isEmpty && nonFiniteOutputs.isEmpty && !isStochastic && !hasKinkEverywhere && !hasNothingToCompare
      && missing.isEmpty
  }

  /// One line for what is wrong first, and one for each finding, worst first; at most ten mismatches are written out.
  public var description: String {
    var lines: [String] = []
    let moved = resamples == 0 ? "" : ", point moved \(resamples) times because of kinks"
    if passed {
      lines.append("gradient check passed: \(comparisons) comparisons, within \(largestDifference)\(moved)")
    } else {
      lines.append("gradient check failed: \(failures.count) of \(comparisons) comparisons disagree\(moved)")
    }
    if isStochastic { lines.append("  stochastic: two runs at the same point gave different values") }
    for (index, value) in nonFiniteOutputs.prefix(10) {
      lines.append("  output \(index) is \(value) at the given point")
    }
    if hasKinkEverywhere { lines.append("  no derivative at any of \(resamples + 1) points") }
    if hasNothingToCompare {
      lines.append("  nothing to compare: no parameter and no floating-point input")
    }
    if !missing.isEmpty {
      lines.append("  used but not among the parameters that are checked: \(missing.joined(separator: ", "))")
    }
    for failure in failures.prefix(10) { lines.append("  \(failure)") }
    if failures.count > 10 { lines.append("  ... and \(failures.count - 10) more") }
    if !unused.isEmpty { lines.append("  without influence on the output: \(unused.joined(separator: ", "))") }
    return lines.joined(separator: "\n")
  }
}
