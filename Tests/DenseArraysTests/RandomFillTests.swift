import DenseArrays
import Testing

@Suite("Filling memory with random numbers")
struct RandomFillTests {
  enum Distribution: CaseIterable {
    case uniform, normal, bernoulli

    func fill(_ array: inout DenseArray, _ range: Range<Int>, seed: UInt64 = 3, site: UInt64 = 4, step: UInt64 = 5) {
      let pointer = array.pointer + range.lowerBound * array.scalarType.byteCount
      switch self {
      case .uniform:
        fillUniform(
          pointer, scalarType: array.scalarType, count: range.count, seed: seed, site: site, step: step,
          startingAt: range.lowerBound)
      case .normal:
        fillNormal(
          pointer, scalarType: array.scalarType, count: range.count, seed: seed, site: site, step: step,
          startingAt: range.lowerBound)
      case .bernoulli:
        fillBernoulli(
          pointer, scalarType: array.scalarType, count: range.count, seed: seed, site: site, step: step,
          startingAt: range.lowerBound, probability: 0.3)
      }
    }

    func number(_ index: Int) -> Double {
      let random = CounterRandom(seed: 3, stream: 4, step: 5)
      switch self {
      case .uniform: return random.uniform(at: index)
      case .normal: return random.normal(at: index)
      case .bernoulli: return random.uniform(at: index) < 0.3 ? 1 : 0
      }
    }
  }

  @Test(
    "element i is the number at index i, whatever the chunks", arguments: Distribution.allCases,
    [ScalarType.float32, .float64])
  func chunks(distribution: Distribution, scalarType: ScalarType) {
    for cuts in [[0, 37], [0, 1, 37], [0, 2, 3, 20, 37], Array(0...37), [0, 0, 36, 37]] {
      var array = DenseArray(zeros: [37], scalarType)
      for (start, end) in zip(cuts, cuts.dropFirst()).reversed() { distribution.fill(&array, start..<end) }
      for index in 0..<37 {
        let number = distribution.number(index)
        let expected = scalarType == .float32 ? Double(Float(number)) : number
        let element =
          scalarType == .float32
          ? array.withUnsafeElements(of: Float.self) { Double($0[index]) }
          : array.withUnsafeElements(of: Double.self) { $0[index] }
        #expect(element == expected, "element \(index) of chunks \(cuts)")
      }
    }
  }

  @Test("no element is written outside of the count", arguments: Distribution.allCases)
  func bounds(distribution: Distribution) {
    for count in 0..<6 {
      for start in 0..<4 {
        var array = DenseArray(repeating: -100, shape: [12], .float64)
        distribution.fill(&array, start..<start + count)
        array.withUnsafeElements(of: Double.self) { elements in
          for index in 0..<12 { #expect((elements[index] == -100) == !(start..<start + count).contains(index)) }
        }
      }
    }
  }

  @Test("seed, site and step each give other numbers", arguments: Distribution.allCases)
  func addresses(distribution: Distribution) {
    var arrays: Set<[Double]> = []
    for (seed, site, step) in [(3, 4, 5), (4, 4, 5), (3, 5, 5), (3, 4, 6), (4, 3, 5)] as [(UInt64, UInt64, UInt64)] {
      var array = DenseArray(zeros: [64], .float64)
      distribution.fill(&array, 0..<64, seed: seed, site: site, step: step)
      arrays.insert(array.withUnsafeElements(of: Double.self) { Array($0) })
    }
    #expect(arrays.count == 5)
  }
}
