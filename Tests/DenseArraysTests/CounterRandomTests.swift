import DenseArrays
import Foundation
import Testing

@Suite("Counter-based random numbers")
struct CounterRandomTests {
  /// The rows "philox4x32 10" of the file tests/kat_vectors of Random123 1.14 (D. E. Shaw Research).
  @Test(
    "known-answer vectors of Philox4x32-10",
    arguments: [
      (
        [0, 0, 0, 0], [0, 0],
        [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
      ),
      (
        [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 0xffff_ffff],
        [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
      ),
      (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      ),
    ] as [([UInt64], [UInt64], [UInt64])])
  func knownAnswers(counter: [UInt64], key: [UInt64], expected: [UInt64]) {
    let block = Philox.block(
      low: counter[0] | counter[1] << 32, high: counter[2] | counter[3] << 32, key: key[0] | key[1] << 32)
    #expect(block.low == expected[0] | expected[1] << 32)
    #expect(block.high == expected[2] | expected[3] << 32)
  }

  // Expected numbers from a second implementation, in Python: integers for the words, 50 decimal digits for the normals.
  static let words: [UInt64] = [
    0x8845_57af_0a4a_f798, 0x133b_2fa7_78b0_b245, 0xb744_c59b_12a0_397d, 0x62b7_f7e7_aaeb_130b,
    0x76e1_e789_e417_a9c3, 0xbd8e_53f1_1406_1478, 0x5130_b37c_0b4e_9bd5, 0x41fa_3605_6899_71fb,
  ]
  static let uniforms: [Double] = [
    0.5323080828041318, 0.07512185896547652, 0.7158931258769606, 0.3856196346850249, 0.46438452831725263,
    0.7404530013627879, 0.31714936998769827, 0.25772416717572866,
  ]
  static let normals: [Double] = [
    1.000184575920217, 0.5105844911203201, -0.6153815506600434, 0.53828832841014, -0.07425247159245355,
    -1.2363540191775466, -0.0735223357610315, 1.5137236540774937,
  ]

  @Test("words, uniform and normal numbers of a seed, stream and step")
  func goldenNumbers() {
    let random = CounterRandom(seed: 20_240_229, stream: 3, step: 5)
    for index in 0..<8 {
      #expect(random.word(at: index) == Self.words[index])
      #expect(random.uniform(at: index) == Self.uniforms[index])
      // Logarithm, root, product and cosine each round once or thrice: a relative error of at most 8 units of 2^-53.
      let error = abs(random.normal(at: index) - Self.normals[index])
      #expect(error <= 0x1p-50 * abs(Self.normals[index]), "normal \(index)")
    }
  }

  @Test("seed, stream, step and index each change every number")
  func addressesAreDistinct() {
    var seen: Set<UInt64> = []
    let numbers: [UInt64] = [0, 1, 2, 1 << 32, 1 << 63, .max]
    for seed in numbers {
      for stream in numbers {
        for step in numbers {
          let random = CounterRandom(seed: seed, stream: stream, step: step)
          for index in 0..<4 { seen.insert(random.word(at: index)) }
        }
      }
    }
    // 864 words of 64 bits coincide by chance with a probability of 2^-45.
    #expect(seen.count == 6 * 6 * 6 * 4)
  }

  @Test("the smallest and largest words stay within the bounds of each distribution")
  func extremeWords() {
    for radius in [0, 1 << 11, .max >> 1, .max - (1 << 11), .max] as [UInt64] {
      for angle in [0, 1 << 61, 1 << 62, 3 << 61, 1 << 63, 3 << 62, .max] as [UInt64] {
        let pair = CounterRandom.normals(radius, angle)
        #expect(abs(pair.first) <= 8.58 && abs(pair.second) <= 8.58)
        let fraction = CounterRandom.uniform(angle)
        #expect(fraction >= 0 && fraction < 1)
      }
    }
  }

  /// Box and Muller's transform by the system's library.
  static func normals(_ radiusWord: UInt64, _ angleWord: UInt64) -> (Double, Double) {
    let radius = sqrt(-2 * log(Double((radiusWord >> 11) + 1) * 0x1p-53))
    let angle = 2 * Double.pi * Double(angleWord >> 11) * 0x1p-53
    return (radius * cos(angle), radius * sin(angle))
  }

  @Test("logarithm, cosine and sine agree with the system's library")
  func portableMath() {
    let random = CounterRandom(seed: 12)
    for index in 0..<100_000 {
      // All magnitudes from 2^-53 to 1, and the neighbourhood of 1.
      let u = random.uniform(at: 2 * index)
      for x in [max(u, 0x1p-53), 1 - u * 0x1p-20, scalbn(1 - u / 2, -(index % 53))] {
        let logarithm = log(x)
        // Two units for ours and one for the library's.
        #expect(abs(PortableMath.logarithm(x) - logarithm) <= 3 * logarithm.ulp, "log \(x)")
      }
      let t = random.uniform(at: 2 * index + 1)
      let pair = PortableMath.cosineAndSine(turns: t)
      // The library sees 2 pi t with the error of 2 pi, 2^-52, and of the product, 2^-51; ours is below 2^-52.
      #expect(abs(pair.cosine - cos(2 * Double.pi * t)) <= 0x1p-50)
      #expect(abs(pair.sine - sin(2 * Double.pi * t)) <= 0x1p-50)
    }
    for (quarter, expected) in [(1.0, 0.0), (0, 1), (-1, 0), (0, -1)].enumerated() {
      let pair = PortableMath.cosineAndSine(turns: Double(quarter) / 4)
      #expect(pair.cosine == expected.0 && pair.sine == expected.1)
    }
    #expect(PortableMath.logarithm(1) == 0)
  }

  @Test("normal numbers agree with the transform by the system's library")
  func normalsMatchLibrary() {
    let random = CounterRandom(seed: 11)
    var worst = 0.0
    for pair in 0..<50_000 {
      let expected = CounterRandomTests.normals(random.word(at: 2 * pair), random.word(at: 2 * pair + 1))
      worst = max(worst, abs(random.normal(at: 2 * pair) - expected.0))
      worst = max(worst, abs(random.normal(at: 2 * pair + 1) - expected.1))
    }
    // The angle 2 pi t is rounded here and not there: 2^-53 * 6.3 of it, times a radius of at most 8.6.
    #expect(worst < 64 * 0x1p-53)
  }

  @Test("moments of uniform and normal numbers", arguments: [1, 2, 3] as [UInt64])
  func moments(seed: UInt64) {
    let random = CounterRandom(seed: seed)
    let count = 200_000
    var uniform = [0.0, 0.0]
    var normal = [0.0, 0.0, 0.0, 0.0]
    var neighbours = 0.0
    for index in 0..<count {
      let u = random.uniform(at: index)
      let n = random.normal(at: index)
      uniform[0] += u
      uniform[1] += u * u
      for power in 0..<4 { normal[power] += pow(n, Double(power + 1)) }
      if index > 0 { neighbours += n * random.normal(at: index - 1) }
    }
    // Five standard deviations of each mean, from the variances of u, u^2, n, n^2, n^3, n^4 and n m.
    let unit = 5 / Double(count).squareRoot()
    func check(_ sum: Double, _ mean: Double, _ variance: Double) {
      #expect(abs(sum / Double(count) - mean) < unit * variance.squareRoot())
    }
    check(uniform[0], 0.5, 1.0 / 12)
    check(uniform[1], 1.0 / 3, 4.0 / 45)
    check(normal[0], 0, 1)
    check(normal[1], 1, 2)
    check(normal[2], 0, 15)
    check(normal[3], 3, 96)
    check(neighbours, 0, 1)
  }

  @Test("the distribution of normal numbers follows the error function")
  func normalDistribution() {
    let random = CounterRandom(seed: 5, stream: 1)
    let count = 200_000
    let edges = [-3, -2, -1, -0.5, 0, 0.5, 1, 2, 3] as [Double]
    var below = [Int](repeating: 0, count: edges.count)
    for index in 0..<count {
      let n = random.normal(at: index)
      for (position, edge) in edges.enumerated() where n < edge { below[position] += 1 }
    }
    for (position, edge) in edges.enumerated() {
      let probability = 0.5 * erfc(-edge / 2.0.squareRoot())
      let deviation = (probability * (1 - probability) / Double(count)).squareRoot()
      #expect(abs(Double(below[position]) / Double(count) - probability) < 5 * deviation, "below \(edge)")
    }
  }
}
