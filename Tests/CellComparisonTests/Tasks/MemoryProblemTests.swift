import DenseArrays
import Foundation
import Testing

@testable import CellComparison

@Suite("Problems of memory")
struct MemoryProblemTests {
  private static let operations: [MarkedNumbers.Operation] = [.sum, .mean, .product, .exclusiveOr]

  @Test("two numbers are marked where the markers may be, and the answer is made of them", arguments: operations)
  func markedNumbers(operation: MarkedNumbers.Operation) {
    for (markers, length) in [(MarkedNumbers.Markers.halves, 2), (.halves, 11), (.early, 10), (.early, 30)] {
      var random = RandomSource(seed: 1)
      let count = 300
      let batch = MarkedNumbers(operation, markers: markers, length: length).batch(count: count, using: &random)
      #expect(batch.inputs.shape == [length, count, 2])
      #expect(batch.answers.array.shape == [1, count, 1])
      var seen = Set<Int>()
      for row in 0..<count {
        let places = (0..<length).filter { batch.inputs[$0, row, 1] == 1 }
        #expect(places.count == 2)
        #expect((0..<length).allSatisfy { (0...1).contains(batch.inputs[$0, row, 1]) })
        let (first, second) =
          markers == .halves
          ? (0..<length / 2, length / 2..<length) : (0..<length / 10, length / 10..<length / 2)
        #expect(first.contains(places[0]) && second.contains(places[1]))
        seen.formUnion(places)
        let (a, b) = (batch.inputs[places[0], row, 0], batch.inputs[places[1], row, 0])
        #expect((0..<length).allSatisfy { (0...1).contains(batch.inputs[$0, row, 0]) })
        let expected: Double =
          switch operation {
          case .sum: a + b
          case .mean: (a + b) / 2
          case .product: a * b
          case .exclusiveOr: a == b ? 0 : 1
          }
        #expect(abs(batch.answers.array[0, row, 0] - expected) < 1e-6)
        if operation == .exclusiveOr { #expect([0, 1].contains(a) && [0, 1].contains(b)) }
      }
      // 300 sequences miss one of at most 12 places of a half with a chance below 1e-10.
      #expect(seen == Set(0..<(markers == .halves ? length : length / 2)))
    }
  }

  @Test("the constant guess has the error that is stated", arguments: operations)
  func constantGuess(operation: MarkedNumbers.Operation) throws {
    var random = RandomSource(seed: 2)
    let problem = MarkedNumbers(operation, length: 2)
    let answers = problem.batch(count: 100_000, using: &random).answers.array.elements
    let deviation = try #require(Summary(answers)?.standardDeviation)
    // The variance of a sample of 100,000 numbers within 0 ... 2 is off by less than 1 % with a chance beyond 5 deviations.
    #expect(abs(deviation * deviation / problem.constantGuessError - 1) < 0.02)
  }

  @Test("relevant symbols are in their tenths and spell the answer", arguments: [2, 3])
  func temporalOrder(bits: Int) throws {
    var random = RandomSource(seed: 3)
    let batch = TemporalOrder(bits: bits, length: 40).batch(count: 200, using: &random)
    var counts = [Int](repeating: 0, count: 1 << bits)
    for row in 0..<200 {
      let symbols = try #require(batch.symbols(row))
      let places = symbols.indices.filter { symbols[$0] < 2 }
      #expect(places.map { $0 / 4 } == (bits == 2 ? [1, 5] : [1, 3, 6]))
      let answer = places.reduce(0) { 2 * $0 + symbols[$1] }
      #expect(batch.labels(row) == [answer])
      counts[answer] += 1
    }
    // Each class about equally often: five deviations of a binomial count.
    let share = 1 / Double(1 << bits)
    #expect(counts.allSatisfy { abs(Double($0) - 200 * share) < 5 * (200 * share * (1 - share)).squareRoot() })
  }

  @Test("the answer of a random permutation is its first symbol")
  func randomPermutation() throws {
    var random = RandomSource(seed: 4)
    let batch = RandomPermutation(length: 25).batch(count: 100, using: &random)
    #expect(batch.inputs.shape == [25, 100, 100])
    var firsts = 0
    for row in 0..<100 {
      let symbols = try #require(batch.symbols(row))
      #expect(symbols[0] < 2 && symbols.dropFirst().allSatisfy { $0 >= 2 })
      #expect(batch.labels(row) == [symbols[0]])
      firsts += symbols[0]
    }
    #expect((25...75).contains(firsts))
  }

  @Test(
    "symbols are asked for after the cue", arguments: [(5, 2, false), (10, 5, false), (10, 8, true), (10, 8, false)])
  func recall(count: Int, alphabet: Int, everywhere: Bool) throws {
    var random = RandomSource(seed: 5)
    let length = 7
    let problem = Recall(symbolCount: count, alphabet: alphabet, length: length, answersEverywhere: everywhere)
    let batch = problem.batch(count: 60, using: &random)
    #expect(batch.steps == length + 2 * count)
    var seen: Set<Int> = []
    for row in 0..<60 {
      let symbols = try #require(batch.symbols(row))
      let remembered = Array(symbols.prefix(count))
      seen.formUnion(remembered)
      let nothing = Array(repeating: alphabet, count: length - 1)
      #expect(symbols[count...] == (nothing + [alphabet + 1] + Array(repeating: alphabet, count: count))[...])
      let before = everywhere ? Array(repeating: alphabet, count: length + count) : []
      #expect(batch.labels(row) == before + remembered)
    }
    #expect(seen == Set(0..<alphabet))
    #expect(problem.outputSize == alphabet + (everywhere ? 1 : 0))
  }

  @Test("the floor of copying is 10 ln 8 / (T + 20)")
  func copyFloor() {
    // 20.794415416798357 / 120.
    let floor = Recall(symbolCount: 10, alphabet: 8, length: 100, answersEverywhere: true).memorylessLoss
    #expect(abs(floor - 0.173_286_795_139_986_3) < 1e-15)
    #expect(SequenceTask.copy(length: 100).metric.reference?.contains("0.17329 at T = 100") == true)
  }
}
