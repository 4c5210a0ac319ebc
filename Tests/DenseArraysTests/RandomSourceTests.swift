import DenseArrays
import Testing

@Suite("Random sources and array draws")
struct RandomSourceTests {
  // Expected words from a second implementation of the key derivation, in Python.
  @Test("the words of a seed, of a fork and of splits")
  func goldenWords() {
    var random = RandomSource(seed: 42)
    #expect(
      (0..<5).map { _ in random.next() } == [
        0xcc17_3029_8a24_14f1, 0x2686_1302_3f83_cb37, 0xb2e9_e88a_0f25_bacf, 0xa7d2_0cef_3af1_e378,
        0x978a_e7cb_4752_bf6c,
      ])
    var fork = random.fork(9)
    #expect([fork.next(), fork.next()] == [0x5941_dfd5_271d_06d3, 0xca91_b828_5b22_b80e])
    var first = random.split()
    var second = random.split()
    #expect([first.next(), first.next()] == [0x795f_10f7_2452_78bc, 0x16df_7d66_3126_92cb])
    #expect([second.next(), second.next()] == [0x38a4_a135_369e_f15e, 0x1314_8b0d_130a_db0c])
  }

  static let firstArray = [0.5379473482721348, 0.6952844286519071, 0.25328889176307523, 0.9904173895870956]
  static let secondArray = [0.012636833881619847, 0.24522931092802203, 0.5274336408189073, 0.17240959974625825]

  @Test("the arrays of a seed do not depend on words, forks and splits drawn between")
  func goldenArrays() {
    var random = RandomSource(seed: 42)
    #expect(doubles(.uniform([4], .float64, using: &random)) == Self.firstArray)
    _ = random.next()
    _ = random.fork(1)
    _ = random.split()
    #expect(doubles(.uniform([2, 2], .float64, using: &random)) == Self.secondArray)
  }

  @Test("copies of a source give the same numbers")
  func copies() {
    var random = RandomSource(seed: 1)
    _ = random.next()
    var copy = random
    #expect(random.next() == copy.next())
    #expect(random.next() == copy.next())
    #expect(
      doubles(.normal([3], .float64, using: &random)) == doubles(.normal([3], .float64, using: &copy)))
  }

  @Test("float32 draws are the float64 draws rounded")
  func rounding() {
    var single = RandomSource(seed: 8)
    var double = RandomSource(seed: 8)
    func compare(_ draw: (ScalarType, inout RandomSource) -> DenseArray) {
      let rounded = draw(.float32, &single).withUnsafeElements(of: Float.self) { Array($0) }
      #expect(rounded == doubles(draw(.float64, &double)).map { Float($0) })
    }
    compare { .uniform([1001], in: -3..<7, $0, using: &$1) }
    compare { .uniform([1001], in: -0.1...0.1, $0, using: &$1) }
    compare { .normal([1001], mean: 2, standardDeviation: 0.01, $0, using: &$1) }
    compare { .bernoulli([1001], probability: 0.2, $0, using: &$1) }
  }

  @Test("uniform numbers fill their bounds and stay in them")
  func uniformBounds() {
    var random = RandomSource(seed: 2)
    let values = doubles(.uniform([100_000], in: -2..<3, .float64, using: &random))
    #expect(values.allSatisfy { $0 >= -2 && $0 < 3 })
    // A gap of 0.01 % at an end has a chance of exp(-10) each.
    #expect(values.min() ?? 0 < -1.9995 && values.max() ?? 0 > 2.9995)
    // Every fourth of these numbers is nearer to 1 than to the float32 below it.
    let narrow = DenseArray.uniform([1000], in: (1 - 0x1p-23)..<1, .float32, using: &random)
    #expect(narrow.withUnsafeElements(of: Float.self) { $0.allSatisfy { $0 < 1 } })
    #expect(doubles(.uniform([5], in: 4...4, .float64, using: &random)) == [4, 4, 4, 4, 4])
  }

  @Test("a Bernoulli draw has its probability, and is certain at 0 and 1", arguments: ScalarType.allCases)
  func bernoulli(scalarType: ScalarType) {
    var random = RandomSource(seed: 3)
    func mean(_ probability: Double) -> Double {
      let array = DenseArray.bernoulli([40_000], probability: probability, scalarType, using: &random)
      switch scalarType {
      case .float32: return Double(array.withUnsafeElements(of: Float.self) { $0.reduce(0, +) }) / 40_000
      case .float64: return array.withUnsafeElements(of: Double.self) { $0.reduce(0, +) } / 40_000
      case .int32: return Double(array.withUnsafeElements(of: Int32.self) { $0.reduce(0, +) }) / 40_000
      }
    }
    #expect(mean(0) == 0)
    #expect(mean(1) == 1)
    // Five standard deviations.
    #expect(abs(mean(0.25) - 0.25) < 5 * (0.25 * 0.75 / 40_000).squareRoot())
  }

  @Test("uniform integers have equal shares")
  func integers() {
    var random = RandomSource(seed: 4)
    let array = DenseArray.uniformIntegers([70_000], in: -3..<4, using: &random)
    var counts = [Int32: Int]()
    array.withUnsafeElements(of: Int32.self) { for element in $0 { counts[element, default: 0] += 1 } }
    #expect(counts.keys.sorted() == [-3, -2, -1, 0, 1, 2, 3])
    // Five standard deviations of a share of one seventh.
    let deviation = (70_000.0 / 7 * 6 / 7).squareRoot()
    #expect(counts.values.allSatisfy { abs(Double($0) - 10_000) < 5 * deviation })
    let whole = DenseArray.uniformIntegers([9], in: Int(Int32.min)..<Int(Int32.max) + 1, using: &random)
    #expect(Set(whole.withUnsafeElements(of: Int32.self) { Array($0) }).count == 9)
  }

  @Test("all orders of four numbers are alike")
  func permutations() {
    var random = RandomSource(seed: 5)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<24_000 { counts[random.permutation(of: 4), default: 0] += 1 }
    #expect(counts.count == 24 && counts.keys.allSatisfy { $0.sorted() == [0, 1, 2, 3] })
    // Five standard deviations of a share of one in 24.
    let deviation = (24_000.0 / 24 * 23 / 24).squareRoot()
    #expect(counts.values.allSatisfy { abs(Double($0) - 1000) < 5 * deviation })
    #expect(random.permutation(of: 0) == [] && random.permutation(of: 1) == [0])
  }

  @Test("a permutation from the known words of a seed")
  func goldenPermutation() {
    var random = RandomSource(seed: 42)
    // Words 0.797..., 0.150..., 0.698..., 0.655... of 2^64: places 3 of 5, 0 of 4, 2 of 3 and 1 of 2.
    #expect(random.permutation(of: 5) == [4, 1, 2, 0, 3])
  }

  @Test("an empty array can be drawn")
  func empty() {
    var random = RandomSource(seed: 4)
    #expect(DenseArray.normal([0, 5], using: &random).count == 0)
  }

  func doubles(_ array: DenseArray) -> [Double] { array.withUnsafeElements(of: Double.self) { Array($0) } }
}
