/// A seeded source of random numbers that is used in sequence.
///
///     var random = RandomSource(seed: 7)
///     let weights = DenseArray.normal([128, 64], using: &random)
///     let start = Int.random(in: 0..<1000, using: &random)
///
/// An array draw is numbered, and its elements depend on seed, number and index alone: two sources with the same seed and
/// the same sequence of calls give the same numbers, on any platform and for any number of threads. Words, array draws,
/// forks and splits are counted apart, so that one word more or less leaves the arrays as they were. A copy gives the same
/// numbers as its original; `split()` gives others. The words are the
/// same everywhere too, but how Swift's own `random(in:using:)` and `shuffled(using:)` use them is for its versions to
/// decide.
public struct RandomSource: RandomNumberGenerator, Sendable {
  let seed: UInt64
  private let words: CounterRandom
  private let arrayKey: UInt64
  private var wordCount: Int = 0
  private var spareWord: UInt64 = 0
  private var arrayCount: UInt64 = 0
  private var splitCount: UInt64 = 0

  /// The source with a given seed, at its beginning.
  public init(seed: UInt64) {
    self.seed = seed
    words = CounterRandom(key: Philox.key(seed: seed, number: 0, for: .words), step: 0)
    arrayKey = Philox.key(seed: seed, number: 0, for: .arrays)
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    defer { wordCount &+= 1 }
    if wordCount & 1 == 1 { return spareWord }
    let block = Philox.block(low: UInt64(wordCount) >> 1, high: words.step, key: words.key)
    spareWord = block.high
    return block.low
  }

  /// The source numbered `stream` under this one.
  ///
  /// It depends on this source's seed and the number only, not on what was drawn before.
  public func fork(_ stream: UInt64) -> RandomSource {
    RandomSource(seed: Philox.key(seed: seed, number: stream, for: .fork))
  }

  /// The next source split off this one; each call gives another.
  public mutating func split() -> RandomSource {
    defer { splitCount &+= 1 }
    return RandomSource(seed: Philox.key(seed: seed, number: splitCount, for: .split))
  }

  /// The numbers 0 ..< count in random order, all orders alike; the same on any platform and in any version of Swift.
  ///
  /// Takes one word for each number but one; a negative count stops. Source: Fisher and Yates's shuffle.
  public mutating func permutation(of count: Int) -> [Int] {
    guard count >= 0 else { stop("RandomSource.permutation: \(count) numbers") }
    var numbers = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      // The upper half of a product of 64 bits and a size: each place has its share to within 2^-64.
      numbers.swapAt(last, Int(next().multipliedFullWidth(by: UInt64(last + 1)).high))
    }
    return numbers
  }

  /// The numbers of the next array draw.
  mutating func nextArray() -> CounterRandom {
    defer { arrayCount &+= 1 }
    return CounterRandom(key: arrayKey, step: arrayCount)
  }
}
