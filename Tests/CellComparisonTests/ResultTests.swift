import DenseArrays
import Foundation
import Testing

@testable import CellComparison

@Suite("Statistics, tables and lines")
struct ResultTests {
  @Test("known samples")
  func summaries() throws {
    let sample = try #require(Summary([2, 4, 4, 4, 5, 5, 7, 9]))
    #expect(sample.count == 8)
    #expect(sample.mean == 5)
    // 32 / 7.
    #expect(abs(try #require(sample.standardDeviation) - 2.138_089_935_299_395) < 1e-15)
    #expect(sample.median == 4.5)
    #expect(sample.minimum == 2 && sample.maximum == 9)
    let offset = try #require(Summary([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]))
    #expect(offset.standardDeviation == 30.0.squareRoot())
    #expect(Summary([3])?.standardDeviation == nil)
    #expect(Summary([3, 1, 2])?.median == 2)
    #expect(Summary([Double]()) == nil)
  }

  @Test("numbers for people")
  func decimals() {
    #expect(Decimals.rounded(0.166666, to: 4) == "0.1667")
    #expect(Decimals.rounded(-0.5, to: 2) == "-0.50")
    #expect(Decimals.rounded(12, to: 0) == "12")
    #expect(Decimals.rounded(0.004, to: 2) == "0.00")
    #expect(Decimals.floored(99.9999, to: 2) == "99.99")
    #expect(Metric.Format.share.text(1) == "100.00 %")
    #expect(Metric.Format.share.text(0.999_99) == "99.99 %")
    #expect(Decimals.grouped(1_234_567) == "1,234,567")
    #expect(Decimals.grouped(999) == "999")
    #expect(Decimals.grouped(-1000) == "-1,000")
    #expect(Decimals.rate(1234.4) == "1,234")
    #expect(Decimals.rate(12.34) == "12.3")
    #expect(Decimals.rate(1.234) == "1.23")
    #expect(Decimals.duration(47.2) == "48 s")
    #expect(Decimals.duration(200) == "3 min 20 s")
    #expect(Decimals.duration(3900) == "1 h 05 min")
  }

  @Test("columns are aligned and lines have no spaces at their ends")
  func table() {
    var table = TextTable([.left("cell"), .right("n"), .left("x")])
    table.append(["elman", "1"])
    table.append(["a", "1,234", "ä"])
    #expect(
      table.text == """
        cell       n  x
        -----  -----  -
        elman      1
        a      1,234  ä

        """)
  }

  @Test("objects are JSON on one line, in order")
  func json() throws {
    let text = "quote \" backslash \\ line\nend tab\t bell\u{7} ä 😀"
    let object = JSONObject([
      ("a", .string(text)), ("b", 3), ("c", .number(0.1)), ("d", .number(.nan)), ("e", .number(-.infinity)),
      ("f", true), ("g", .null), ("h", .number(1e-7)), ("i", .number(12)), ("j", .number(1e22)),
    ])
    let line = object.line
    #expect(!line.contains("\n"))
    let rest = #""b": 3, "c": 0.1, "d": null, "e": null, "f": true, "g": null, "h": 1e-07, "i": 12, "j": 1e+22}"#
    #expect(line.hasSuffix(rest))
    let read = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(read["a"] as? String == text)
    #expect(read["h"] as? Double == 1e-7)
    #expect(read["j"] as? Double == 1e22)
    #expect(read["d"] is NSNull)
  }

  @Test("a table of results has mean, spread, interval and rank, and says what was cut and what diverged")
  func results() {
    let results = ComparisonResults(runs: [
      .known("a", seed: 1, value: 0.25), .known("a", seed: 2, value: 0.75),
      .known("b", seed: 1, value: nil, status: .diverged, steps: 3),
      .known("b", seed: 2, value: 0.5, status: .cut, steps: 50),
    ])
    // Of two values a quarter of all resamples have the lower one twice, so that the interval is from one to the other.
    #expect(
      results.text == """
        task  cell  hidden  parameters  rate  metric  mean  spread  95 % of means  rank  seeds  steps/s  remarks
        ----  ----  ------  ----------  ----  ------  ----  ------  -------------  ----  -----  -------  -------------------------------------------------------------
        task  a          3       1,234  0.01  error   0.50  ± 0.35   0.25 to 0.75   1.5      2      200
        task  b          3       1,234  0.01  error   0.50       -              -   1.5      2     53.0  1 of 2 diverged; 1 of 2 cut by the time budget after 50 steps

        mean and standard deviation over seeds; between which 95 % of the means of resampled seeds are (10,000 draws); mean
        place among the cells; steps/s is the median over seeds, of runs on one thread each
        task: error, less is better; guessing gives 1
        task: a has the best mean rank, 1.5 of 2; 1 seed cannot tell it from another cell, which takes at least 6

        task  things-right  states
        ----  ------------  ------
        a          50.00 %     1 2
        b          50.00 %       2

        """)
  }

  @Test("a result's line has all documented keys; a diverged one has no value")
  func resultLine() throws {
    let diverged = RunResult.known("b", seed: 1, value: nil, status: .diverged, steps: 3).json.line
    #expect(
      diverged
        == """
        {"version": 2, "task": "task", "task_settings": "length 5", "cell": "b", "variant": "v", "parameters": 1234, \
        "hidden": 3, "seed": 1, "trial": false, "planned_steps": 100, "learning_rate": 0.01, "time_budget_seconds": null, \
        "metric": "error", "metric_format": "decimals-2", "higher_is_better": false, "reference": "guessing gives 1", \
        "value": null, "status": "diverged", "steps": 3, "seconds": 0.5, "steps_per_second": 6, "threads": 1, \
        "dtype": "float32", "details": [], "curve": [[3, 0.25, null]]}
        """)
    #expect(
      RunResult.known("a", seed: 2, value: 0.25).json.line.contains(
        #""details": [{"name": "things-right", "value": 0.5, "format": "share"}, "#
          + #"{"name": "states", "value": 2, "format": "count"}], "curve""#))
  }
}

extension RunResult {
  /// A result made up for tests.
  static func known(
    _ cell: String, task: String = "task", seed: Int, value: Double?, status: RunResult.Status = .finished,
    steps: Int = 100, higherIsBetter: Bool = false
  ) -> RunResult {
    RunResult(
      setting: RunSetting(
        task: task, taskSettings: "length 5", cell: cell, hiddenSize: 3, seed: seed, trainingSteps: 100,
        learningRate: 0.01),
      variant: "v", parameterCount: 1234,
      metric: Metric(
        name: "error", format: .decimals(2), higherIsBetter: higherIsBetter, reference: "guessing gives 1"),
      value: value, status: status, steps: steps, seconds: 0.5, threads: 1, scalarType: .float32,
      details: value == nil
        ? [] : [.init("things-right", 0.5, format: .share), .init("states", Double(seed), format: .count)],
      curve: [.init(step: steps, trainingLoss: 0.25, heldOut: value)])
  }
}
