internal import DenseArrays

/// How far the mean of a sample can be trusted: Efron's bootstrap.
enum Bootstrap {
  /// The values between which the means of most resamples of a sample are, or nil for fewer than two values.
  ///
  /// A resample draws as many values with replacement. The ends are quantiles of its mean: half of what is left out lies
  /// below, half above. The same values in the same order give the same interval. Source: Efron and Tibshirani, "An
  /// introduction to the bootstrap", 1993, chapter 13 (percentile interval). With few values it is too narrow.
  ///
  /// - Parameters:
  ///   - values: The sample.
  ///   - level: The share of resamples whose mean is inside.
  ///   - draws: The number of resamples.
  static func interval(ofMeanOf values: [Double], level: Double = 0.95, draws: Int = 10_000) -> ClosedRange<Double>? {
    guard values.count >= 2, values.allSatisfy(\.isFinite) else { return nil }
    var random = RandomSource(seed: UInt64(values.count))
    var means: [Double] = []
    means.reserveCapacity(draws)
    for _ in 0..<draws {
      var sum = 0.0
      for _ in values.indices { sum += values[random.number(below: values.count)] }
      means.append(sum / Double(values.count))
    }
    means.sort()
    let outside = Int(((1 - level) / 2 * Double(draws)).rounded(.down))
    return means[outside]...means[draws - 1 - outside]
  }
}
