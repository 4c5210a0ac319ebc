internal import CKernels

// Filling memory with random numbers addressed by (seed, site, step, index).
//
// Element i is the number that `CounterRandom(seed: seed, stream: site, step: step)` has at index `start + i`, rounded to
// the scalar type: chunks may be filled in any order and by any thread, and float32 and float64 agree up to rounding.

/// Uniform numbers in 0 ..< 1; a float32 that would round to 1 is the number below.
package func fillUniform(
  _ pointer: UnsafeMutableRawPointer, scalarType: ScalarType, count: Int, seed: UInt64, site: UInt64, step: UInt64,
  startingAt start: Int = 0
) {
  CounterRandom(seed: seed, stream: site, step: step)
    .fillUniform(pointer, scalarType: scalarType, count: count, lower: 0, upper: 1, isHalfOpen: true, start: start)
}

/// Normal numbers with the given mean and standard deviation.
package func fillNormal(
  _ pointer: UnsafeMutableRawPointer, scalarType: ScalarType, count: Int, seed: UInt64, site: UInt64, step: UInt64,
  startingAt start: Int = 0, mean: Double = 0, standardDeviation: Double = 1
) {
  CounterRandom(seed: seed, stream: site, step: step)
    .fillNormal(
      pointer, scalarType: scalarType, count: count, mean: mean, standardDeviation: standardDeviation, start: start)
}

/// Ones with the given probability, zeros otherwise: 1 where the uniform number is below the probability.
package func fillBernoulli(
  _ pointer: UnsafeMutableRawPointer, scalarType: ScalarType, count: Int, seed: UInt64, site: UInt64, step: UInt64,
  startingAt start: Int = 0, probability: Double
) {
  CounterRandom(seed: seed, stream: site, step: step)
    .fillBernoulli(pointer, scalarType: scalarType, count: count, probability: probability, start: start)
}

extension CounterRandom {
  /// Writes lower + (upper - lower) u for uniform u, never `upper` itself when half-open.
  func fillUniform(
    _ pointer: UnsafeMutableRawPointer, scalarType: ScalarType, count: Int, lower: Double, upper: Double,
    isHalfOpen: Bool, start: Int = 0
  ) {
    func fill<Scalar: BinaryFloatingPoint>(_ type: Scalar.Type) {
      let width = upper - lower
      let last = isHalfOpen ? max(Scalar(upper).nextDown, Scalar(lower)) : Scalar(upper)
      fillPairs(pointer.assumingMemoryBound(to: type), count: count, start: start) { first, second in
        (
          min(Scalar(lower + width * CounterRandom.uniform(first)), last),
          min(Scalar(lower + width * CounterRandom.uniform(second)), last)
        )
      }
    }
    switch scalarType {
    case .float32: fill(Float.self)
    case .float64: fill(Double.self)
    case .int32: stop("DenseArray.uniform: elements are floating-point numbers, not \(scalarType)")
    }
  }

  /// Writes mean + standardDeviation n for normal n.
  func fillNormal(
    _ pointer: UnsafeMutableRawPointer, scalarType: ScalarType, count: Int, mean: Double, standardDeviation: Double,
    start: Int = 0
  ) {
    func fill<Scalar: BinaryFloatingPoint>(_ type: Scalar.Type) {
      let destination = pointer.assumingMemoryBound(to: type)
      normals(start..<start + count) { index, number in
        destination[index &- start] = Scalar(mean + standardDeviation * number)
      }
    }
    switch scalarType {
    case .float32: fill(Float.self)
    case .float64: fill(Double.self)
    case .int32: stop("DenseArray.normal: elements are floating-point numbers, not \(scalarType)")
    }
  }

  /// Hands over the normal numbers at some indices, made many at a time.
  @inline(__always)
  private func normals(_ indices: Range<Int>, _ body: (Int, Double) -> Void) {
    let pairs = 128
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2 * pairs) { words in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * pairs) { numbers in
        var first = indices.lowerBound & ~1
        while first < indices.upperBound {
          let count = min(pairs, (indices.upperBound &- first &+ 1) / 2)
          for pair in 0..<count {
            let block = Philox.block(low: UInt64(first / 2 &+ pair), high: step, key: key)
            words[2 &* pair] = block.low
            words[2 &* pair &+ 1] = block.high
          }
          tk_portable_normals(words.baseAddress, count, numbers.baseAddress)
          for index in max(first, indices.lowerBound)..<min(first &+ 2 &* count, indices.upperBound) {
            body(index, numbers[index &- first])
          }
          first &+= 2 &* count
        }
      }
    }
  }

  /// Writes 1 with the given probability and 0 otherwise.
  func fillBernoulli(
    _ pointer: UnsafeMutableRawPointer, scalarType: ScalarType, count: Int, probability: Double, start: Int = 0
  ) {
    // u < p for a multiple u of 2^-53 is a comparison of integers: 2^53 u < 2^53 p, rounded up.
    let scaled = probability * 0x1p53
    let bound = UInt64(scaled) + (Double(UInt64(scaled)) < scaled ? 1 : 0)
    func fill<Scalar: Numeric>(_ type: Scalar.Type) {
      fillPairs(pointer.assumingMemoryBound(to: type), count: count, start: start) { first, second in
        (first >> 11 < bound ? 1 : 0, second >> 11 < bound ? 1 : 0)
      }
    }
    switch scalarType {
    case .float32: fill(Float.self)
    case .float64: fill(Double.self)
    case .int32: fill(Int32.self)
    }
  }

  /// Writes the elements made from the words at `start ..< start + count`, one block of two words at a time.
  @inline(__always)
  func fillPairs<Scalar>(
    _ destination: UnsafeMutablePointer<Scalar>, count: Int, start: Int,
    _ elements: (UInt64, UInt64) -> (Scalar, Scalar)
  ) {
    guard count > 0 else { return }
    var index = 0
    var block = UInt64(start) >> 1
    if start & 1 == 1 {
      let words = Philox.block(low: block, high: step, key: key)
      destination[0] = elements(words.low, words.high).1
      index = 1
      block &+= 1
    }
    while index &+ 1 < count {
      let words = Philox.block(low: block, high: step, key: key)
      (destination[index], destination[index &+ 1]) = elements(words.low, words.high)
      index &+= 2
      block &+= 1
    }
    if index < count {
      let words = Philox.block(low: block, high: step, key: key)
      destination[index] = elements(words.low, words.high).0
    }
  }
}
