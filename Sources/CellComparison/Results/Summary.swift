/// Mean and spread of a sample.
public struct Summary: Hashable, Sendable {
  /// The number of values.
  public let count: Int
  /// The arithmetic mean.
  public let mean: Double
  /// The sample standard deviation (with n - 1), or nil for a single value.
  public let standardDeviation: Double?
  /// The smallest value.
  public let minimum: Double
  /// The largest value.
  public let maximum: Double
  /// The middle value, or the mean of the two in the middle.
  public let median: Double

  /// Summarises values; nil when there are none.
  ///
  /// The deviations are taken from the mean in a second pass, so that a large common offset costs no digits.
  public init?(_ values: some Collection<Double>) {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    count = sorted.count
    let mean = sorted.reduce(0, +) / Double(sorted.count)
    self.mean = mean
    if sorted.count > 1 {
      let squares = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      standardDeviation = (squares / Double(sorted.count - 1)).squareRoot()
    } else {
      standardDeviation = nil
    }
    minimum = sorted[0]
    maximum = sorted[sorted.count - 1]
    let middle = sorted.count / 2
    median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
