/// The block function of the counter-based generator Philox4x32-10.
///
/// A bijection of 128-bit counters for each 64-bit key: ten rounds, each of which multiplies two of the four 32-bit words
/// by constants, exchanges the high and low halves of the products and adds the round's key. Source: Salmon, Moraes, Dror
/// and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011), section 3.3; table 2 has the statistical tests.
package enum Philox {
  /// The 128 bits at counter (`low`, `high`); word 0 of the paper is the lower half of `low`, and so on.
  @inline(__always)
  package static func block(low: UInt64, high: UInt64, key: UInt64) -> (low: UInt64, high: UInt64) {
    let mask: UInt64 = 0xFFFF_FFFF
    var word0 = low & mask
    var word1 = low >> 32
    var word2 = high & mask
    var word3 = high >> 32
    var key0 = UInt32(truncatingIfNeeded: key)
    var key1 = UInt32(truncatingIfNeeded: key >> 32)
    var round = 0
    while round < 10 {
      let product0 = word0 &* 0xD251_1F53
      let product1 = word2 &* 0xCD9E_8D57
      word0 = (product1 >> 32) ^ word1 ^ UInt64(key0)
      word1 = product1 & mask
      word2 = (product0 >> 32) ^ word3 ^ UInt64(key1)
      word3 = product0 & mask
      // Weyl sequences: the fractional parts of the golden ratio and of the square root of three.
      key0 &+= 0x9E37_79B9
      key1 &+= 0xBB67_AE85
      round &+= 1
    }
    return (word0 | word1 << 32, word2 | word3 << 32)
  }

  /// What a derived key is for; each purpose has keys of its own.
  enum Purpose: UInt64 {
    /// The values of a `CounterRandom`.
    case values = 1
    /// The words of a `RandomSource`.
    case words
    /// The arrays drawn from a `RandomSource`.
    case arrays
    /// A source made by `RandomSource.fork(_:)`.
    case fork
    /// A source made by `RandomSource.split()`.
    case split
  }

  /// A key that depends on a seed, a number and a purpose.
  ///
  /// Seeds are used for nothing but this, so that derived keys and drawn values never meet.
  static func key(seed: UInt64, number: UInt64, for purpose: Purpose) -> UInt64 {
    block(low: number, high: purpose.rawValue, key: seed).low
  }
}
