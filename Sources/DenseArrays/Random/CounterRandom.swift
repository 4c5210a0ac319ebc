internal import CKernels

/// Random numbers addressed by index: value `i` depends on seed, stream, step and `i` alone.
///
///     let random = CounterRandom(seed: 7, stream: layer, step: time)
///     random.uniform(at: 0)  // in 0 ..< 1
///     random.normal(at: 1)   // mean 0, standard deviation 1
///
/// Nothing is stored and nothing advances, so values can be asked for in any order and from any thread. They are made of
/// integer operations and IEEE 754 additions, multiplications, divisions and square roots in double precision, without
/// the platform's mathematical library: the same bits on every platform that rounds to nearest.
///
/// Numbers of different kinds at one index come from the same bits; where two kinds have to be independent, give each its
/// own stream or step. A stream has 2^64 values a step.
public struct CounterRandom: Hashable, Sendable {
  let key: UInt64
  let step: UInt64

  init(key: UInt64, step: UInt64) {
    self.key = key
    self.step = step
  }

  /// The numbers of one stream of a seed.
  ///
  /// Different steps of a stream never share a block of bits. Different streams do so with a chance of 2^-64 a pair.
  public init(seed: UInt64, stream: UInt64 = 0, step: UInt64 = 0) {
    self.init(key: Philox.key(seed: seed, number: stream, for: .values), step: step)
  }

  /// 64 random bits.
  public func word(at index: Int) -> UInt64 {
    let position = UInt64(bitPattern: Int64(index))
    let block = Philox.block(low: position >> 1, high: step, key: key)
    return position & 1 == 0 ? block.low : block.high
  }

  /// A multiple of 2^-53 that is uniform in 0 ..< 1.
  public func uniform(at index: Int) -> Double { CounterRandom.uniform(word(at: index)) }

  /// A normal number with mean 0 and standard deviation 1, at most 8.58 away from 0.
  ///
  /// Two neighbours, 2k and 2k + 1, are the two numbers of one Box-Muller transform.
  public func normal(at index: Int) -> Double {
    let position = UInt64(bitPattern: Int64(index))
    let block = Philox.block(low: position >> 1, high: step, key: key)
    let pair = CounterRandom.normals(block.low, block.high)
    return position & 1 == 0 ? pair.first : pair.second
  }

  /// The upper 53 of 64 bits as a fraction.
  @inline(__always)
  package static func uniform(_ word: UInt64) -> Double {
    Double(Int64(bitPattern: word >> 11)) * 0x1p-53
  }

  /// Two independent normal numbers from two words: radius from the first, angle from the second.
  ///
  /// Source: Box and Muller, "A note on the generation of random normal deviates", 1958, equation 1.
  package static func normals(_ radiusWord: UInt64, _ angleWord: UInt64) -> (first: Double, second: Double) {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2) { words in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2) { numbers in
        words[0] = radiusWord
        words[1] = angleWord
        tk_portable_normals(words.baseAddress, 1, numbers.baseAddress)
        return (numbers[0], numbers[1])
      }
    }
  }
}
