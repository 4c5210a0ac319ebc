/// Five-point central differences of a vector function along a direction, at shrinking steps, made as they are needed.
///
/// A kink or a sharp bend inside the stencil makes the differences of a large step wrong; a smaller step then leaves it
/// outside, at the price of a larger rounding error. Steps whose rounding error could hide a mistake are not tried.
struct DirectionalDifferences {
  /// What was found about one component.
  enum Verdict {
    case agrees(numeric: Double)
    case differs(numeric: Double)
    /// One-sided differences from both sides stay apart however small the step: no derivative here.
    case kink
  }

  /// One step's numbers.
  private struct Level {
    var step: Double
    var central: [Double]
    /// Second-order differences from the right minus those from the left.
    var gap: [Double]
    var magnitude: [Double]
  }

  private let evaluate: ([Double]) -> [Double]
  private let point: [Double]
  private let direction: [Double]
  private let base: [Double]
  private let firstStep: Double
  private var levels: [Level] = []

  /// epsilon^(1/5), where truncation (growing with h^4) and rounding (growing with 1/h) of a five-point difference meet.
  private static let unitStep = 7.4e-4
  private static let shrink = 0.125
  private static let levelLimit = 6

  /// Differences of `evaluate` at `point`, where its value is `base`.
  init(_ evaluate: @escaping ([Double]) -> [Double], at point: [Double], along direction: [Double], base: [Double]) {
    self.evaluate = evaluate
    self.point = point
    self.direction = direction
    self.base = base
    // The step is relative to the elements that move, and bounds the length of the move, not its largest element.
    var length = 0.0
    var scale = 0.0
    for (element, move) in zip(point, direction) where move != 0 {
      length += move * move
      scale += move * move * element * element
    }
    length = length.squareRoot()
    scale = length > 0 ? scale.squareRoot() / length : 1
    firstStep = Self.unitStep * max(1, scale) / max(length, .leastNormalMagnitude)
  }

  /// The differences at the first step.
  mutating func derivative(_ component: Int) -> Double { level(0).central[component] }

  /// Compares a component with what a sweep gave.
  mutating func verdict(_ component: Int, analytic: Double, tolerance: Double) -> Verdict {
    var best = Double.nan
    for index in 0..<Self.levelLimit {
      let level = level(index)
      let rounding = 1.5 * .ulpOfOne * level.magnitude[component] / level.step
      let numeric = level.central[component]
      let allowance = tolerance * (1 + analytic.magnitude + numeric.magnitude)
      if index > 0, rounding > 0.1 * allowance { break }
      let difference = (numeric - analytic).magnitude
      if difference <= allowance + 4 * rounding { return .agrees(numeric: numeric) }
      if numeric.isFinite { best = numeric }
    }
    return isKink(component, tolerance) ? .kink : .differs(numeric: best)
  }

  private mutating func level(_ index: Int) -> Level {
    while levels.count <= index {
      var step = firstStep
      for _ in 0..<levels.count { step *= Self.shrink }
      levels.append(makeLevel(step))
    }
    return levels[index]
  }

  private func makeLevel(_ step: Double) -> Level {
    func moved(_ factor: Double) -> [Double] {
      var moved = point
      for index in moved.indices where direction[index] != 0 { moved[index] += factor * step * direction[index] }
      return evaluate(moved)
    }
    let right = moved(1)
    let left = moved(-1)
    let farRight = moved(2)
    let farLeft = moved(-2)
    var level = Level(step: step, central: [], gap: [], magnitude: [])
    for index in base.indices {
      let near = right[index] - left[index]
      let far = farRight[index] - farLeft[index]
      level.central.append((8 * near - far) / (12 * step))
      let fromRight = (4 * right[index] - 3 * base[index] - farRight[index]) / (2 * step)
      let fromLeft = (3 * base[index] - 4 * left[index] + farLeft[index]) / (2 * step)
      level.gap.append(fromRight - fromLeft)
      level.magnitude.append(max(base[index].magnitude, farRight[index].magnitude, farLeft[index].magnitude))
    }
    return level
  }

  /// For a smooth function the gap of one-sided differences shrinks with the third power of the step and the error of the
  /// central one with the fourth. At a kink the gap stays, at a jump it grows, at a jump of the second derivative the error
  /// shrinks with the step alone, and beyond the edge of a domain nothing is finite.
  private mutating func isKink(_ component: Int, _ tolerance: Double) -> Bool {
    let last = levels[levels.count - 1]
    guard last.central[component].isFinite else { return base[component].isFinite }
    let allowance = tolerance * (1 + last.central[component].magnitude)
    let rounding = 8 * .ulpOfOne * last.magnitude[component] / last.step
    let gap = last.gap[component].magnitude
    let firstGap = levels[0].gap[component].magnitude
    if gap > 10 * (allowance + rounding), !firstGap.isFinite || gap > 0.5 * firstGap { return true }
    guard levels.count >= 3 else { return false }
    let previous = levels[levels.count - 2].central[component]
    let change = (last.central[component] - previous).magnitude
    let changeBefore = (previous - levels[levels.count - 3].central[component]).magnitude
    return change > 0.1 * allowance + 10 * rounding && !(change < 0.01 * changeBefore)
  }
}
