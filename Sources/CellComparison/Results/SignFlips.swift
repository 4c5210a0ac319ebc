internal import DenseArrays

/// Whether paired differences are more than chance: Fisher's randomisation of their signs.
enum SignFlips {
  /// Up to this many differences all signs are gone through, with more as many random ones.
  private static let mostExact = 14

  /// The chance of a sum as far from 0, if each difference were as likely to have the other sign; 1 for no differences.
  ///
  /// With n differences it is never below 2^(1 - n). Source: Fisher, "The design of experiments", 1935, section 21.
  static func pValue(_ differences: [Double]) -> Double {
    let observed = abs(differences.reduce(0, +))
    // Sums of the same numbers in another order may differ in their last digits.
    let threshold = observed - 1e-12 * differences.reduce(0) { $0 + abs($1) }
    let isExact = differences.count <= mostExact
    let trials = 1 << min(differences.count, mostExact)
    var random = RandomSource(seed: UInt64(differences.count))
    var asFar = 0
    for trial in 0..<trials {
      var signs = isExact ? UInt64(trial) : random.next()
      var sum = 0.0
      for (index, difference) in differences.enumerated() {
        if index > 0, index % 64 == 0 { signs = random.next() }
        sum += signs & 1 == 1 ? -difference : difference
        signs >>= 1
      }
      if abs(sum) >= threshold { asFar += 1 }
    }
    // The signs as they are count among the random ones.
    return isExact ? Double(asFar) / Double(trials) : Double(asFar + 1) / Double(trials + 1)
  }

  /// Which of several p-values are below a level, so that the chance of any wrong one is below it.
  ///
  /// Source: Holm, "A simple sequentially rejective multiple test procedure", 1979.
  static func holm(_ pValues: [Double], level: Double) -> [Bool] {
    var isSmall = [Bool](repeating: false, count: pValues.count)
    for (position, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
      guard pValues[index] <= level / Double(pValues.count - position) else { break }
      isSmall[index] = true
    }
    return isSmall
  }

  /// The fewest seeds with which the first of `comparisons` differences can be below a level.
  static func fewestSeeds(comparisons: Int, level: Double) -> Int {
    var seeds = 1
    var least = 1.0
    while least > level / Double(max(1, comparisons)) {
      seeds += 1
      least /= 2
    }
    return seeds
  }
}
