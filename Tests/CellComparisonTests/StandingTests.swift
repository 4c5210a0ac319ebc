import Testing

@testable import CellComparison

@Suite("Which differences the seeds support")
struct StandingTests {
  @Test("the bootstrap interval is that of all resamples")
  func bootstrap() throws {
    // The mean of five draws from three 0 and two 1 is k / 5 with the binomial chances 0.07776, 0.2592, 0.3456, 0.2304,
    // 0.0768 and 0.01024: 2.5 % are reached at 0, and from above at 4 / 5; 10 % at 1 / 5 and 4 / 5 or 3 / 5.
    let values: [Double] = [0, 0, 1, 0, 1]
    #expect(Bootstrap.interval(ofMeanOf: values) == 0...0.8)
    // 20 % outside: 10 % below lie in 1 / 5 (0.078 to 0.337), and above in 3 / 5 (0.087 to 0.317).
    #expect(Bootstrap.interval(ofMeanOf: values, level: 0.8) == 0.2...0.6)
    // Three different values: each end is one of 27 resamples, 3.7 %.
    #expect(Bootstrap.interval(ofMeanOf: [4, 1, 7]) == 1...7)
    // With 1 of 27 outside, the next means are (1 + 1 + 4) / 3 and (7 + 7 + 4) / 3, each three times.
    #expect(Bootstrap.interval(ofMeanOf: [4, 1, 7], level: 0.8) == 2...6)
    #expect(Bootstrap.interval(ofMeanOf: [3, 3, 3]) == 3...3)
    #expect(Bootstrap.interval(ofMeanOf: [3]) == nil)
    #expect(Bootstrap.interval(ofMeanOf: values) == Bootstrap.interval(ofMeanOf: values))
  }

  @Test("sign flips are counted exactly")
  func signFlips() {
    #expect(SignFlips.pValue([1, 2, 3]) == 0.25)
    #expect(SignFlips.pValue([-1, -2, -3, -4, -5, -6]) == 2.0 / 64)
    // The sums of 1, 2 and 3 with all signs are 6, 4, 2, 0, 0, -2, -4 and -6.
    #expect(SignFlips.pValue([1, -2, 3]) == 0.75)
    #expect(SignFlips.pValue([-1, 2, 3]) == 0.5)
    #expect(SignFlips.pValue([]) == 1)
    #expect(SignFlips.pValue([0.1, 0.2, -0.3]) == 1)
    // Twenty equal differences: two of 2^20 signs, of 16,385 looked at the given one at least.
    #expect(SignFlips.pValue(Array(repeating: 1, count: 20)) <= 4.0 / 16_385)
  }

  @Test("Holm's step-down")
  func holm() {
    #expect(SignFlips.holm([0.01, 0.04, 0.03, 0.005], level: 0.05) == [true, false, false, true])
    #expect(SignFlips.holm([0.03, 0.02], level: 0.05) == [true, true])
    #expect(SignFlips.holm([0.03, 0.026], level: 0.05) == [false, false])
    #expect(SignFlips.holm([], level: 0.05) == [])
    #expect(SignFlips.fewestSeeds(comparisons: 1, level: 0.05) == 6)
    #expect(SignFlips.fewestSeeds(comparisons: 2, level: 0.05) == 7)
  }

  @Test("ranks are means over seeds, ties share, what diverged is last", arguments: [false, true])
  func ranks(higherIsBetter: Bool) {
    func run(_ cell: String, _ seed: Int, _ value: Double?) -> RunResult {
      .known(
        cell, seed: seed, value: value.map { higherIsBetter ? -$0 : $0 }, status: value == nil ? .diverged : .finished,
        higherIsBetter: higherIsBetter)
    }
    let results = ComparisonResults(runs: [
      run("a", 1, 0.1), run("a", 2, 0.3), run("a", 3, 0.2), run("b", 1, 0.2), run("b", 2, 0.3), run("b", 3, nil),
      run("c", 1, 0.3), run("c", 2, 0.1), run("c", 3, nil), run("c", 4, 0),
    ])
    // Seed 1: 1, 2, 3; seed 2: 2.5, 2.5, 1; seed 3: 1, 2.5, 2.5; seed 4 is not of all.
    let ranks = results.standings[0].entries.map { $0.meanRank ?? 0 }
    for (rank, sum) in zip(ranks, [4.5, 7, 6.5]) { #expect(abs(rank - sum / 3) < 1e-12) }
    #expect(results.standings[0].rankedSeeds == 3)
    // Means of three places drawn from them. Of a (1, 2.5, 1): all are 2.5 in 1 of 27 resamples. Of c (3, 1, 2.5): all are
    // 1, or all are 3, in 1 of 27 each.
    #expect(results.standings[0].entries.map(\.rankInterval) == [1...2.5, 2...2.5, 1...3])
  }

  @Test("a statement for enough seeds, and one for too few")
  func statements() throws {
    func results(seeds: Int, _ cells: [(String, (Int) -> Double)]) -> ComparisonResults {
      ComparisonResults(
        runs: cells.flatMap { name, value in (1...seeds).map { .known(name, seed: $0, value: value($0)) } })
    }
    let cells: [(String, (Int) -> Double)] = [
      ("far", { 5 + 0.1 * Double($0) }), ("best", { 1 + 0.1 * Double($0) }),
      ("near", { 1 + 0.1 * Double($0) + ($0 % 2 == 0 ? -0.01 : 0.02) }),
    ]
    #expect(
      results(seeds: 8, cells).standings[0].statement
        == "best has the best mean rank, 1.5 of 3; the seeds tell it from far; the seeds do not tell it from near")
    #expect(
      results(seeds: 3, cells).standings[0].statement?.hasSuffix(
        "3 seeds cannot tell it from any of 2 cells, which takes at least 7") == true)
    #expect(results(seeds: 3, [cells[0]]).standings[0].statement == nil)
    let text = results(seeds: 8, cells).text
    #expect(text.contains("task: best has the best mean rank"))
  }

  @Test("several tasks have a table of mean ranks, best first")
  func overallRanks() {
    let results = ComparisonResults(
      runs: [("x", 1.0, 2.0), ("y", 2, 1), ("z", 0, 0)].map { task, a, b in
        [RunResult.known("a", task: task, seed: 1, value: a), .known("b", task: task, seed: 1, value: b)]
      }.flatMap { $0 })
    // a: 1, 2 and 1.5; b: 2, 1 and 1.5.
    #expect(
      results.text.contains(
        "cell  mean rank over 3 tasks\n----  ----------------------\na                       1.50\n"))
  }
}
