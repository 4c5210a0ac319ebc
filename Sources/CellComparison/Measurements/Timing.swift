/// How long something takes, measured over and over.
///
/// Three runs to warm up, then at least 10 and at most 200 timed ones, ended when the time budget is used up.
public struct Timing: Hashable, Sendable {
  /// The median of the timed runs in seconds.
  public let median: Double
  /// The shortest of the timed runs in seconds.
  public let minimum: Double
  /// The number of timed runs.
  public let runs: Int

  static let warmUpRuns = 3
  static let fewestRuns = 10
  static let mostRuns = 200

  /// Times `body`.
  ///
  /// - Parameters:
  ///   - budget: The seconds of running after which no further run is started.
  ///   - between: Run after each timed run, untimed.
  init(budget: Double, between: () -> Void = {}, _ body: () -> Void) {
    for _ in 0..<Timing.warmUpRuns { body() }
    let clock = ContinuousClock()
    let start = clock.now
    var seconds: [Double] = []
    while seconds.count < Timing.mostRuns {
      let before = clock.now
      body()
      let after = clock.now
      seconds.append((after - before) / .seconds(1))
      between()
      if seconds.count >= Timing.fewestRuns, (after - start) / .seconds(1) > budget { break }
    }
    let sorted = seconds.sorted()
    let middle = sorted.count / 2
    median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    minimum = sorted[0]
    runs = sorted.count
  }
}
