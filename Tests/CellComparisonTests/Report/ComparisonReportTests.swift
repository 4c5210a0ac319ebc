import DenseArrays
import Foundation
import Testing

@testable import CellComparison

@Suite("Reports of comparisons")
struct ComparisonReportTests {
  private static let metric = Metric(name: "error", format: .decimals(2), higherIsBetter: false)

  private static func result(
    _ cell: String, task: String = "adding", seed: Int, value: Double, status: RunResult.Status = .finished,
    curve: [LearningCurve.Point]? = nil, observation: RunObservation? = nil
  ) -> RunResult {
    RunResult(
      setting: RunSetting(
        task: task, cell: cell, hiddenSize: 3, seed: seed, trainingSteps: 20, learningRate: 0.01),
      variant: "v", parameterCount: 12, metric: metric, value: status == .diverged ? nil : value, status: status,
      steps: 20, seconds: 0.5, threads: 1, scalarType: .float32, details: [],
      curve: curve ?? [
        .init(step: 10, trainingLoss: 10 * value, heldOut: value), .init(step: 20, trainingLoss: value, heldOut: value),
      ], observation: observation)
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
    #expect(found.elements.count { $0.name == "svg" } == 2 && found.texts["figcaption"]?.count == 2)
    for name in ["script", "link", "img", "iframe", "object", "a"] {
      #expect(!found.elements.contains { $0.name == name }, "\(name)")
    }
    #expect(!report.html.contains("url(") && !report.html.contains("@import"))
  }

  /// The elements of a drawing that have a class, by their attribute.
  private static func values(_ attribute: String, of kind: String, class name: String, _ drawing: SVGDrawing)
    -> [String]
  {
    DrawingParser(drawing.file).elements.filter { $0.name == kind && $0.attributes["class"] == name }
      .compactMap { $0.attributes[attribute] }
  }

  @Test("learning curves have thin lines for seeds, thick ones for their means, and dots for the means on test data")
  func learningCurves() throws {
    let report = ComparisonReport(results: Self.results, commandLine: "")
    #expect(report.drawings.map(\.fileName) == ["adding-learning-curves.svg", "adding-ranks.svg"])
    let drawing = report.drawings[0].drawing
    #expect(DrawingParser(drawing.file).problem == nil)
    // Losses of a: 10 to 1 and 100 to 10; of b: 100 to 10 and 1000 to 100. From 1 to 1000, 280 / 3 pixels a power of ten.
    func height(_ value: Double) -> String { XMLText.number(316 - 280 / 3 * log10(value)) }
    func line(_ from: Double, _ to: Double) -> String { "M72 \(height(from))L552 \(height(to))" }
    let thin = Self.values("d", of: "path", class: "line c0 thin", drawing)
    #expect(thin.prefix(2) == [line(10, 1), line(100, 10)])
    #expect(Self.values("d", of: "path", class: "line c1 thin", drawing).prefix(2) == [line(100, 10), line(1000, 100)])
    #expect(Self.values("d", of: "path", class: "line c0", drawing).first == line(55, 5.5))
    // The held-out metric goes from 1 to 100, 140 pixels a power of ten: means 5.5 and 55, which the test's are too.
    func heldOut(_ value: Double) -> String { XMLText.number(316 - 140 * log10(value)) }
    #expect(thin.suffix(2) == ["M72 316L552 316", "M72 176L552 176"])
    #expect(Self.values("cy", of: "circle", class: "f0", drawing) == [heldOut(5.5)])
    #expect(Self.values("cy", of: "circle", class: "f1", drawing) == [heldOut(55)])
  }

  @Test("the mean of a learning curve ends where the first of its seeds does")
  func divergedCurve() {
    let results = ComparisonResults(runs: [
      Self.result("a", seed: 1, value: 1),
      Self.result(
        "a", seed: 2, value: 1, status: .diverged,
        curve: [.init(step: 10, trainingLoss: 100, heldOut: 3), .init(step: 13, trainingLoss: .nan, heldOut: nil)]),
    ])
    let drawing = ComparisonReport(results: results, commandLine: "").drawings[0].drawing
    // Losses 10 to 1, and 100 with nothing after it; the mean 55 at step 10 alone. Two points that have no place.
    #expect(Self.values("d", of: "path", class: "line c0 thin", drawing).first == "M72 176L552 316")
    #expect(Self.values("d", of: "path", class: "line c0", drawing).isEmpty)
    #expect(Self.values("r", of: "circle", class: "f0", drawing) == ["2.5", "2.5", "4"])
    // The held-out metric goes from 1 to 3, less than five times as much: an axis of equal steps.
    #expect(DrawingParser(drawing.file).texts["text"]?.contains("1.5") == true)
  }

  @Test("of more than twelve cells the best have lines with names, the others grey ones")
  func manyCells() {
    let runs = (1...15).map { Self.result("cell-\($0)", seed: 1, value: Double(16 - $0)) }
    let drawings = ComparisonReport(results: ComparisonResults(runs: runs), commandLine: "").drawings
    let found = DrawingParser(drawings[0].drawing.file)
    #expect(found.values("class", of: "path").count { $0 == "line faint" } == 6)
    #expect(found.texts["text"]?.suffix(2) == ["cell-15", "3 others"])
    #expect(found.texts["text"]?.contains("cell-3") == false)
    // The others are told apart where they have a row each.
    #expect(DrawingParser(drawings[1].drawing.file).texts["text"]?.contains("cell-3") == true)
  }

  @Test("ranks are those of the standings: means of the seeds' places, with bootstrap intervals")
  func ranks() throws {
    let results = ComparisonResults(runs: [
      Self.result("a", seed: 1, value: 1), Self.result("a", seed: 2, value: 5), Self.result("b", seed: 1, value: 2),
      Self.result("b", seed: 2, value: 5),
    ])
    let drawing = ComparisonReport(results: results, commandLine: "").drawings[1].drawing
    // Places of a: 1 and 1.5; of b: 2 and 1.5. From 1 to 2 along 400 pixels, after a name of one letter.
    #expect(DrawingParser(drawing.file).values("cx", of: "circle") == ["130.6", "330.6"])
    // A quarter of the resamples of two seeds have the first one twice, another quarter the second.
    #expect(Self.values("x1", of: "line", class: "line c0", drawing) == ["30.6", "230.6"])
    #expect(Self.values("x2", of: "line", class: "line c0", drawing) == ["230.6", "430.6"])
  }

  @Test("of several tasks there are ranks over all, each task counting the same")
  func ranksOverTasks() {
    // Mean places on adding: a 1.25, b 1.75; on copy, with one seed more: a 2, b 1.
    var runs = [
      Self.result("a", seed: 1, value: 1), Self.result("a", seed: 2, value: 5), Self.result("b", seed: 1, value: 2),
      Self.result("b", seed: 2, value: 5),
    ]
    for seed in 1...3 { runs.append(Self.result("a", task: "copy", seed: seed, value: 3)) }
    for seed in 1...3 { runs.append(Self.result("b", task: "copy", seed: seed, value: 2)) }
    let report = ComparisonReport(results: ComparisonResults(runs: runs), commandLine: "")
    let (name, drawing) = report.drawings[0]
    #expect(name == "all-tasks-ranks.svg")
    #expect(parsed(report).texts["h2"]?.contains("All tasks") == true)
    // b with 1.375 comes before a with 1.625. A quarter of the resamples of two tasks have one of them twice: from 1 to
    // 1.75 for b, from 1.25 to 2 for a; from 1 to 2 along 400 pixels.
    #expect(DrawingParser(drawing.file).values("cx", of: "circle") == ["180.6", "280.6"])
    #expect(Self.values("x1", of: "line", class: "line c0", drawing) == ["30.6", "130.6"])
    #expect(Self.values("x2", of: "line", class: "line c0", drawing) == ["330.6", "430.6"])
    // Places among other cells are other places.
    let partial = ComparisonReport(
      results: ComparisonResults(runs: runs + [Self.result("c", seed: 1, value: 1)]), commandLine: "")
    #expect(partial.drawings.first?.fileName == "adding-learning-curves.svg")
  }

  private static let observation = RunObservation(
    initialGradients: [0.1, 0.01, 1], trainedGradients: [1, 1, 1],
    recordings: [
      .init(name: "forget gate", values: DenseArray([[0.1, 1], [-3e-30, 0.3], [7, 1e30], [0, .nan]] as [[Float]])),
      .init(name: "forget/gate", values: DenseArray(zeros: [4, 2])),
    ])

  @Test("what was seen inside is drawn: gradients before and after, and a heat map for each recording")
  func observation() throws {
    let results = ComparisonResults(runs: [
      Self.result("a", seed: 1, value: 1, observation: Self.observation), Self.result("a", seed: 2, value: 1),
    ])
    let drawings = ComparisonReport(results: results, commandLine: "").drawings
    #expect(
      drawings.map(\.fileName) == [
        "adding-learning-curves.svg", "adding-gradients.svg", "adding-a-forget-gate.svg", "adding-a-forget-gate-2.svg",
      ])
    for (name, drawing) in drawings { #expect(DrawingParser(drawing.file).problem == nil, "\(name)") }
    // From 0.01 to 1 over 280 pixels.
    let lines = Self.values("d", of: "path", class: "line c0", drawings[1].drawing)
    #expect(lines.count == 2 && lines.first == "M72 176L312 316L552 36")
  }

  @Test("a page of results that were read from a file is that of those that were written")
  func resumedPage() throws {
    let results = ComparisonResults(runs: [
      Self.result("a", seed: 1, value: 1, observation: Self.observation), Self.result("b", seed: 1, value: 2),
    ])
    let lines = results.runs.map { $0.jsonWithObservation.line + "\n" }.joined()
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("tapestry-\(UUID().uuidString).jsonl")
    try Data(lines.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let read = try ResultFile(path: file.path)
    #expect(read.faults.isEmpty && read.results.count == 2)
    let page = ComparisonReport(results: results, commandLine: "cellbench").html
    #expect(ComparisonReport(results: ComparisonResults(runs: read.results), commandLine: "cellbench").html == page)
    #expect(!results.runs[0].json.line.contains("inside"), "lines for other programs are short")
    // Lines that were torn or changed inside.
    for (before, after) in [("\"units\": 2", "\"units\": 3"), ("\"trained_gradients\": [", "\"none\": [")] {
      try Data(lines.replacing(before, with: after).utf8).write(to: file)
      #expect(try ResultFile(path: file.path).faults == [.torn(line: 1)])
    }
  }

  @Test("the page says which cells were not looked into, and why")
  func remarks() {
    let results = ComparisonResults(runs: [
      Self.result("a", seed: 1, value: 1, observation: Self.observation), Self.result("b", seed: 1, value: 1),
      Self.result("c", seed: 1, value: 1, status: .diverged), Self.result("d", seed: 1, value: 1),
    ])
    let paragraphs = parsed(ComparisonReport(results: results, commandLine: "")).texts["p"]
    #expect(
      paragraphs?.last
        == "There is no look inside of c: the run to be looked into diverged. There is no look inside of b, d: the run to "
        + "be looked into was there before, made without a look inside, or did not end.")
    let seen = ComparisonResults(runs: [Self.result("a", seed: 1, value: 1, observation: Self.observation)])
    #expect(parsed(ComparisonReport(results: seen, commandLine: "")).texts["p"]?.count == 1)
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
      #expect(observation.initialGradients.count == observation.trainedGradients.count)
      let steps = observation.trainedGradients.count - 1
      #expect(steps >= 6 && observation.trainedGradients.allSatisfy { $0 > 0 })
      let names = observation.recordings.map(\.name)
      #expect(
        names
          == (run.cell == "lstm"
            ? ["input gate", "forget gate", "candidate", "output gate", "memory", "state 1"]
            : ["reset gate", "update gate", "candidate", "state"]),
        "\(names)")
      for recording in observation.recordings {
        #expect(recording.values.shape == [steps, 4])
        let range = recording.name.hasSuffix("gate") ? 0.0...1 : -10...10
        #expect(recording.values.elements.allSatisfy(range.contains), "\(recording.name)")
      }
    }
  }
}
