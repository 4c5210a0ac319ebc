internal import Autodiff
internal import DenseArrays

/// A check of a function's derivatives at one point.
struct GradientCheck {
  let function: CheckedFunction
  let options: GradientCheckOptions
  let point: [Double]
  var random: DirectionSource
  var failures: [GradientMismatch] = []
  var comparisons = 0
  var largestDifference = 0.0
  /// A comparison met a point without a derivative: nothing that was found here counts.
  var metKink = false
  var influences: Set<Int> = []

  init(_ function: CheckedFunction, _ options: GradientCheckOptions, at point: [Double], _ random: DirectionSource) {
    self.function = function
    self.options = options
    self.point = point
    self.random = random
  }

  /// Compares and notes; returns false after a mismatch.
  @discardableResult
  mutating func compare(
    _ differences: inout DirectionalDifferences, _ component: Int, analytic: Double, order: Int,
    _ comparison: GradientMismatch.Comparison, output: Int?, place: () -> (name: String, index: [Int]?)
  ) -> Bool {
    comparisons += 1
    switch differences.verdict(component, analytic: analytic, tolerance: options.tolerance) {
    case .agrees(let numeric):
      largestDifference = max(
        largestDifference, (analytic - numeric).magnitude / (1 + analytic.magnitude + numeric.magnitude))
      return true
    case .kink:
      metKink = true
      return false
    case .differs(let numeric):
      let (name, index) = place()
      failures.append(
        GradientMismatch(
          name: name, index: index, output: output, comparison: comparison, order: order, analytic: analytic,
          numeric: numeric))
      return false
    }
  }

  /// Compares two sweeps, which differ by rounding only.
  mutating func compareSweeps(
    _ analytic: Double, _ other: Double, allowance: Double, order: Int, _ comparison: GradientMismatch.Comparison,
    name: String, index: [Int]? = nil
  ) {
    comparisons += 1
    guard !((analytic - other).magnitude <= allowance) else { return }
    failures.append(
      GradientMismatch(
        name: name, index: index, output: nil, comparison: comparison, order: order, analytic: analytic,
        numeric: other))
  }

  var allNames: String { function.arrays.map(\.name).joined(separator: ", ") }
}

/// Random vectors for a check.
struct DirectionSource {
  private var source: RandomSource

  init(seed: UInt64) { source = RandomSource(seed: seed) }

  /// A number in -1 ..< 1.
  mutating func symmetric() -> Double { Double.random(in: -1..<1, using: &source) }

  /// A vector whose elements in `range` have magnitudes of 0.5 to 1.5, so that no element is overlooked, and are zero
  /// elsewhere.
  mutating func direction(_ count: Int, in range: Range<Int>) -> [Double] {
    var vector = [Double](repeating: 0, count: count)
    for index in range {
      let magnitude = Double.random(in: 0.5..<1.5, using: &source)
      vector[index] = Bool.random(using: &source) ? magnitude : -magnitude
    }
    return vector
  }

  mutating func direction(_ count: Int) -> [Double] { direction(count, in: 0..<count) }
}

func dot(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for index in a.indices { sum += a[index] * b[index] }
  return sum
}

func norm(_ a: [Double]) -> Double { dot(a, a).squareRoot() }
