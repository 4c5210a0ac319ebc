extension DenseArray {
  /// Independent numbers that are uniform in `bounds`, without its upper bound.
  ///
  /// Drawn in double precision (a multiple of 2^-53 scaled to the bounds) and rounded to `scalarType`, so that float32
  /// and float64 draws of one seed agree up to rounding. Bounds that are not finite and an integer type stop.
  public static func uniform(
    _ shape: Shape, in bounds: Range<Double> = 0..<1, _ scalarType: ScalarType = .float32,
    using random: inout RandomSource
  ) -> DenseArray {
    uniform(
      shape, lower: bounds.lowerBound, upper: bounds.upperBound, isHalfOpen: true, scalarType, random.nextArray())
  }

  /// Independent numbers that are uniform in `bounds`.
  ///
  /// As with the half-open range, but rounding may give the upper bound too, and bounds may be equal.
  public static func uniform(
    _ shape: Shape, in bounds: ClosedRange<Double>, _ scalarType: ScalarType = .float32,
    using random: inout RandomSource
  ) -> DenseArray {
    uniform(
      shape, lower: bounds.lowerBound, upper: bounds.upperBound, isHalfOpen: false, scalarType, random.nextArray())
  }

  private static func uniform(
    _ shape: Shape, lower: Double, upper: Double, isHalfOpen: Bool, _ scalarType: ScalarType, _ random: CounterRandom
  ) -> DenseArray {
    guard (upper - lower).isFinite else {
      stop("DenseArray.uniform: the bounds \(lower) and \(upper) are not a finite distance apart")
    }
    if isHalfOpen, lower == upper { stop("DenseArray.uniform: no number is in \(lower)..<\(upper)") }
    let array = DenseArray(uninitialized: shape, scalarType)
    random.fillUniform(
      array.pointer, scalarType: scalarType, count: array.count, lower: lower, upper: upper, isHalfOpen: isHalfOpen)
    return array
  }

  /// Independent normal numbers.
  ///
  /// Drawn in double precision and rounded to `scalarType`, so that float32 and float64 draws of one seed agree up to
  /// rounding. A mean or standard deviation that is not finite, a negative standard deviation and an integer type stop.
  public static func normal(
    _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1, _ scalarType: ScalarType = .float32,
    using random: inout RandomSource
  ) -> DenseArray {
    guard mean.isFinite, standardDeviation.isFinite, standardDeviation >= 0 else {
      stop(
        "DenseArray.normal: mean \(mean) and standard deviation \(standardDeviation), "
          + "which have to be finite and the latter 0 or more")
    }
    let array = DenseArray(uninitialized: shape, scalarType)
    random.nextArray()
      .fillNormal(
        array.pointer, scalarType: scalarType, count: array.count, mean: mean, standardDeviation: standardDeviation)
    return array
  }

  /// Independent ones (with the given probability) and zeros, of any element type.
  ///
  /// An element is 1 where the uniform number of the same draw would be below the probability. A probability outside of
  /// 0 ... 1 stops.
  public static func bernoulli(
    _ shape: Shape, probability: Double, _ scalarType: ScalarType = .float32, using random: inout RandomSource
  ) -> DenseArray {
    guard probability >= 0, probability <= 1 else {
      stop("DenseArray.bernoulli: the probability is in 0 ... 1, not \(probability)")
    }
    let array = DenseArray(uninitialized: shape, scalarType)
    random.nextArray()
      .fillBernoulli(array.pointer, scalarType: scalarType, count: array.count, probability: probability)
    return array
  }

  /// Independent int32 numbers that are uniform in `bounds`.
  ///
  /// The upper half of the product of 64 random bits and the size of the range: no number is off its share of the
  /// probability by more than 2^-64. An empty range and bounds beyond `Int32` stop.
  public static func uniformIntegers(
    _ shape: Shape, in bounds: Range<Int>, using random: inout RandomSource
  ) -> DenseArray {
    guard !bounds.isEmpty, bounds.lowerBound >= Int(Int32.min), bounds.upperBound - 1 <= Int(Int32.max) else {
      stop("DenseArray.uniformIntegers: \(bounds) is empty or not within int32")
    }
    let array = DenseArray(uninitialized: shape, .int32)
    let size = UInt64(bounds.count)
    random.nextArray()
      .fillPairs(array.pointer.assumingMemoryBound(to: Int32.self), count: array.count, start: 0) { first, second in
        (
          Int32(truncatingIfNeeded: bounds.lowerBound &+ Int(first.multipliedFullWidth(by: size).high)),
          Int32(truncatingIfNeeded: bounds.lowerBound &+ Int(second.multipliedFullWidth(by: size).high))
        )
      }
    return array
  }
}
