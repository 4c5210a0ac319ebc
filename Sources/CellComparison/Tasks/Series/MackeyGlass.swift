/// The series of Mackey and Glass's equation with delay, dx/dt = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x.
///
/// Solved by Runge and Kutta's method of fourth order in steps of 0.1, with the mean of two neighbours for the delayed value
/// in the middle of a step; x is 1.2 up to time 0. Source: Mackey and Glass, "Oscillation and chaos in physiological control
/// systems", 1977, with the constants that forecasts are compared on.
enum MackeyGlass {
  private static let delay = 170
  private static let stepSize = 0.1
  private static let stepsPerUnit = 10

  /// The values at whole times after a transient.
  ///
  /// - Parameters:
  ///   - count: The number of values, one a unit of time.
  ///   - transient: The units of time before the first one.
  static func values(count: Int, transient: Int = 1000) -> [Double] {
    // Element k is x at time (k - delay) / 10.
    var x = [Double](repeating: 1.2, count: delay + 1)
    let steps = (transient + count - 1) * stepsPerUnit
    x.reserveCapacity(delay + 1 + steps)
    for step in 0..<steps {
      let (early, late, now) = (x[step], x[step + 1], x[step + delay])
      let middle = (early + late) / 2
      let k1 = slope(now, early)
      let k2 = slope(now + stepSize / 2 * k1, middle)
      let k3 = slope(now + stepSize / 2 * k2, middle)
      let k4 = slope(now + stepSize * k3, late)
      x.append(now + stepSize / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    }
    return (0..<count).map { x[delay + (transient + $0) * stepsPerUnit] }
  }

  private static func slope(_ x: Double, _ delayed: Double) -> Double {
    let square = delayed * delayed
    let fourth = square * square
    return 0.2 * delayed / (1 + fourth * fourth * square) - 0.1 * x
  }
}
