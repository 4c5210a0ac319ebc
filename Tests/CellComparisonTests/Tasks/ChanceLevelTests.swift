import DenseArrays
import Foundation
import Testing

@testable import CellComparison

/// The chance levels that tasks state, held against the sequences that they draw.
@Suite("Chance levels")
struct ChanceLevelTests {
  /// Tasks of classes, and the share of their answers that any one class has.
  static let uniform: [(any SequenceProblem, Double)] = [
    (TemporalOrder(bits: 2, length: 12), 1.0 / 4), (TemporalOrder(bits: 3, length: 12), 1.0 / 8),
    (RandomPermutation(length: 6), 1.0 / 2), (RegularLanguage(.parity, lengths: 7...7), 1.0 / 2),
    (RegularLanguage(.evenPairs, lengths: 8...8), 1.0 / 2),
    (Recall(symbolCount: 5, alphabet: 2, length: 3, answersEverywhere: false), 1.0 / 2),
    (Recall(symbolCount: 10, alphabet: 5, length: 3, answersEverywhere: false), 1.0 / 5),
  ]

  @Test("no class is more frequent than another", arguments: uniform.indices)
  func classes(index: Int) {
    let (problem, share) = Self.uniform[index]
    var random = RandomSource(seed: 11)
    let count = 4000
    let batch = problem.batch(count: count, using: &random)
    let labels = (0..<count).flatMap { batch.labels($0).compactMap { $0 } }
    // Shares of n draws are off by less than 5 standard deviations with a chance of 1 - 6e-7 each.
    let bound = 5 * (share * (1 - share) / Double(labels.count)).squareRoot()
    for label in Set(labels) {
      let found = Double(labels.count { $0 == label }) / Double(labels.count)
      #expect(abs(found - share) < bound, "class \(label): \(found)")
    }
    #expect(Set(labels).count == Int((1 / share).rounded()))
  }

  /// The largest share of sequences that are right for who answers each symbol with a set of its own, whatever came before.
  private func bestOfLastSymbol(_ batches: [SequenceBatch], symbols: Int, outputs: Int) throws -> Double {
    let rows = try batches.flatMap { batch in
      try (0..<batch.count).map { row in
        zip(try #require(batch.symbols(row)), batch.sets(row)).map { ($0, $1?.reduce(0) { $0 | 1 << $1 } ?? 0) }
      }
    }
    var best = 0
    for guess in 0..<(1 << (symbols * outputs)) {
      let right = rows.count { row in
        row.allSatisfy { (guess >> ($0.0 * outputs)) & ((1 << outputs) - 1) == $0.1 }
      }
      best = max(best, right)
    }
    return Double(best) / Double(rows.count)
  }

  @Test("of a^n b^n who sees the last symbol gets one word", arguments: [1, 4, 9])
  func countingLanguage(longest: Int) throws {
    var random = RandomSource(seed: 1)
    let words = CountingLanguage(counts: 1...longest).testBatches(using: &random)
    #expect(try bestOfLastSymbol(words, symbols: 3, outputs: 3) == 1 / Double(longest))
    #expect(SequenceTask.countingLanguage(length: 3).metric.reference?.contains("at most 1/9") == true)
  }

  // The Catalan numbers 1, 2, 5 and 14.
  @Test(
    "of brackets who sees the last symbol gets those without nesting", arguments: [(1, 1), (2, 2), (3, 5), (4, 14)])
  func brackets(pairs: Int, shapes: Int) throws {
    #expect(abs(Dyck.chance(pairs: pairs) - 1 / Double(shapes)) < 1e-15)
    var random = RandomSource(seed: 2)
    let words = (0..<8).map { _ in Dyck(kinds: 1, pairs: pairs...pairs).batch(count: 250, using: &random) }
    let found = try bestOfLastSymbol(words, symbols: 2, outputs: 3)
    // 2,000 words: five standard deviations.
    #expect(abs(found - 1 / Double(shapes)) < 5 * (0.25 / 2000.0).squareRoot())
    #expect(SequenceTask.dyck(kinds: 1, length: 4, testLengths: [4]).metric.reference?.contains("50.00 %") == true)
  }

  @Test("half of the embedded Reber strings have each second symbol")
  func embeddedReber() {
    var random = RandomSource(seed: 4)
    let batch = EmbeddedReber().batch(count: 2000, using: &random)
    let count = (0..<2000).count { batch.symbols($0)?[1] == 1 }
    #expect(abs(Double(count) / 2000 - 0.5) < 5 * (0.25 / 2000.0).squareRoot())
  }

  @Test("who knows how often characters occur has the nats of these frequencies, with one more of each")
  func characters() throws {
    // The training part has 12 times a, 5 times b and the one c; the test an a and a d, which it lacks.
    let corpus = try TextCorpus(bytes: Array("aaaaaaaaaaaabbbbbcad".utf8), path: "p")
    #expect(corpus.training.count == 18 && corpus.test.count == 2)
    let expected = -(Foundation.log(13.0 / 22) + Foundation.log(1.0 / 22)) / 2
    #expect(abs(corpus.frequencyLoss - expected) < 1e-14)
  }
}
