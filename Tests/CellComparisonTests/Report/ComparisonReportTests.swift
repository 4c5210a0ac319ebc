import DenseArrays
import Foundation
import Testing

@testable import CellComparison

@Suite("Reports of comparisons")
struct ComparisonReportTests {
  private static let metric = Metric(name: "error", format: .decimals(2), higherIsBetter: false)

  private static func result(
    _ cell: String, seed: Int, value: Double, task: String = "adding", observation: RunObservation? = nil
  ) -> RunResult {
    RunResult(
      setting: RunSetting(
        task: task, cell: cell, hiddenSize: 3, seed: seed, trainingSteps: 20, learningRate: 0.01),
      variant: "v", parameterCount: 12, metric: metric, value: value, status: .finished, steps: 20, seconds: 0.5,
      threads: 1, scalarType: .float32, details: [], curve: [], observation: observation)
  }

  /// Two seeds of a cell with errors 1 and 10, and of one with errors 10 and 100.
  private static let results = ComparisonResults(runs: [
    result("a", seed: 1, value: 1), result("a", seed: 2, value: 10), result("b", seed: 1, value: 10),
    result("b", seed: 2, value: 100),
  ])

  /// The page without its type, so that a reader of XML takes it: it has no names of characters of its own.
  private func parsed(_ report: ComparisonReport) -> DrawingParser {
    let page = report.html.replacing("<!doctype html>\n", with: "")
      .replacing("<meta charset=\"utf-8\">", with: "")
      .replacing("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">", with: "")
    return DrawingParser(page)
  }

  @Test("a page is well-formed, needs nothing from elsewhere, and has command, seeds, table, runs and plots")
  func page() throws {
    let report = ComparisonReport(results: Self.results, commandLine: "cellbench --cells 'a&b' --seeds 2")
    let found = parsed(report)
    #expect(found.problem == nil)
    #expect(found.texts["h1"] == ["Recurrent cells on adding"])
    #expect(found.texts["pre"]?.first == "cellbench --cells 'a&b' --seeds 2")
    #expect(found.texts["p"]?.first?.contains("seeds 1, 2") == true)
    #expect(found.texts["pre"]?.last == Self.results.text)
    #expect(found.texts["td"]?.prefix(3) == ["adding", "a", "v"])
    #expect(found.elements.count { $0.name == "tr" } == 5)
    for name in ["script", "link", "img", "iframe", "object", "a"] {
      #expect(!found.elements.contains { $0.name == name }, "\(name)")
    }
    #expect(!report.html.contains("url(") && !report.html.contains("@import"))
  }

  @Test("ranks are means of the seeds' places, from the best seed to the worst, ties shared")
  func ranks() throws {
    let results = ComparisonResults(runs: [
      Self.result("a", seed: 1, value: 1), Self.result("a", seed: 2, value: 5), Self.result("b", seed: 1, value: 2),
      Self.result("b", seed: 2, value: 5),
    ])
    let drawings = ComparisonReport(results: results, commandLine: "").drawings
    #expect(drawings.map(\.fileName) == ["adding-ranks.svg"])
    let found = DrawingParser(drawings[0].drawing.file)
    // Places of a: 1 and 1.5; of b: 2 and 1.5. From 1 to 2 along 400 pixels, after a name of one letter.
    #expect(found.values("cx", of: "circle") == ["130.6", "330.6"])
    let intervals = found.elements.filter { $0.name == "line" && $0.attributes["class"] == "line c0" }
    #expect(intervals.map { [$0.attributes["x1"], $0.attributes["x2"]] } == [["30.6", "230.6"], ["230.6", "430.6"]])
  }

  @Test("what was seen inside is drawn: gradients before and after, and a heat map for each recording")
  func observation() throws {
    let flow = try #require(Self.flow)
    let observation = RunObservation(
      initial: flow, trained: flow,
      recordings: [
        .init(name: "forget gate", values: DenseArray(zeros: [4, 2])),
        .init(name: "forget/gate", values: DenseArray(zeros: [4, 2])),
      ])
    let results = ComparisonResults(runs: [
      Self.result("a", seed: 1, value: 1, observation: observation), Self.result("a", seed: 2, value: 1),
    ])
    let drawings = ComparisonReport(results: results, commandLine: "").drawings
    #expect(
      drawings.map(\.fileName) == [
        "adding-gradients.svg", "adding-a-forget-gate.svg", "adding-a-forget-gate-2.svg",
      ])
    for (name, drawing) in drawings { #expect(DrawingParser(drawing.file).problem == nil, "\(name)") }
    let gradients = DrawingParser(drawings[0].drawing.file)
    #expect(gradients.elements.count { $0.attributes["class"] == "line c0" && $0.name == "path" } == 2)
  }

  /// The flow of a trained cell.
  private static var flow: GradientFlow? {
    GradientStudy(
      cell: CellCatalog.elman, task: SequenceTask.adding(length: 4), hiddenSize: 2, trainingSteps: 0, sequences: 1
    ).run()?.phases.first?.flow
  }

  @Test("no results make a page too")
  func empty() {
    let report = ComparisonReport(results: ComparisonResults(runs: []), commandLine: "cellbench")
    #expect(parsed(report).problem == nil)
    #expect(report.drawings.isEmpty)
  }

  @Test("a comparison looks into the first seed of each cell, if it is to, and the numbers stay the same")
  func comparison() throws {
    var comparison = Comparison(
      cells: [CellCatalog.lstm, CellCatalog.gru],
      tasks: [SequenceTask.adding(length: 6), BinaryAddition()], seeds: 2, firstSeed: 5,
      hiddenSize: 4, trainingSteps: 3)
    let plain = comparison.run(progress: nil)
    comparison.observesFirstSeed = true
    let observed = comparison.run(progress: nil)
    #expect(plain.runs.map(\.value) == observed.runs.map(\.value))
    #expect(plain.runs.allSatisfy { $0.observation == nil })
    for run in observed.runs {
      #expect((run.observation != nil) == (run.seed == 5))
      guard let observation = run.observation else { continue }
      #expect(observation.initial.steps == observation.trained.steps && observation.trained.steps >= 6)
      let names = observation.recordings.map(\.name)
      #expect(
        names
          == (run.cell == "lstm"
            ? ["input gate", "forget gate", "candidate", "output gate", "memory", "state 1"]
            : ["reset gate", "update gate", "candidate", "state"]),
        "\(names)")
      for recording in observation.recordings {
        #expect(recording.values.shape == [observation.trained.steps, 4])
        let range = recording.name.hasSuffix("gate") ? 0.0...1 : -10...10
        #expect(recording.values.elements.allSatisfy(range.contains), "\(recording.name)")
      }
    }
  }
}
