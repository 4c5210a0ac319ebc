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
    self = Timing.byTurns(1, budget: budget, between: between) { _ in body() }[0]
  }

  /// Times several things by turns, so that what slows the machine for a while slows them alike.
  ///
  /// - Parameters:
  ///   - count: How many there are; `body` is given the number of one.
  ///   - budget: The seconds for each of them, on average, after which no further turn is started.
  ///   - between: Run after each turn, untimed.
  static func byTurns(_ count: Int, budget: Double, between: () -> Void = {}, _ body: (Int) -> Void) -> [Timing] {
    for _ in 0..<Timing.warmUpRuns { for number in 0..<count { body(number) } }
    let clock = ContinuousClock()
    let start = clock.now
    var seconds = [[Double]](repeating: [], count: count)
    for turn in 1...Timing.mostRuns {
      for number in 0..<count {
        let before = clock.now
        body(number)
        seconds[number].append((clock.now - before) / .seconds(1))
      }
      between()
      if turn >= Timing.fewestRuns, (clock.now - start) / .seconds(1) > budget * Double(count) { break }
    }
    return seconds.map(Timing.init)
  }

  private init(_ seconds: [Double]) {
    let sorted = seconds.sorted()
    let middle = sorted.count / 2
    median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    minimum = sorted[0]
    runs = sorted.count
  }
}
