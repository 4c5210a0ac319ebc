import DenseArrays
import Foundation
import Testing

@testable import CellComparison

@Suite("Series of numbers")
struct SeriesTests {
  private static func file(_ count: Int, changing line: Int, to text: String) -> String {
    (1...count).map { $0 == line ? text : "\($0),\(Double($0 % 7) + 0.5)" }.joined(separator: "\n")
  }

  @Test("the last column is read, with or without heading, quotation marks, spaces, blank lines and CRLF")
  func reading() throws {
    let plain = (0..<60).map { "\($0 * $0 % 11)" }
    let expected = (0..<60).map { Double($0 * $0 % 11) }
    let texts = [
      plain.joined(separator: "\n"), "\"YEAR\",\"N\"\r\n" + plain.map { "\"1700-01\", \($0) \r\n" }.joined(),
      "\nn\n\n" + plain.map { "\"\($0)\"" }.joined(separator: "\n") + "\n\n",
      "t,n\n\n" + plain.map { "0,\($0)" }.joined(separator: "\n\n") + "\n\n",
    ]
    for text in texts { #expect(try TimeSeries(text: text, path: "p").values == expected) }
    let series = try TimeSeries(text: texts[0], path: "p")
    #expect(series.training == 0..<36 && series.heldOut == 36..<42 && series.test == 42..<60)
  }

  @Test("what is no series is refused, with line and column")
  func refusals() {
    func error(_ text: String) -> SeriesError? {
      do {
        _ = try TimeSeries(text: text, path: "p")
        return nil
      } catch {
        return error
      }
    }
    #expect(error(Self.file(60, changing: 61, to: "")) == nil)
    #expect(error(Self.file(60, changing: 7, to: "7,")) == .missing(path: "p", line: 7, column: 2))
    #expect(
      error(Self.file(60, changing: 9, to: "9,x")) == .notANumber(path: "p", line: 9, column: 2, found: "x"))
    #expect(
      error("a,b\n" + Self.file(60, changing: 2, to: "2,nan"))
        == .notANumber(path: "p", line: 3, column: 2, found: "nan"))
    #expect(
      error(Self.file(60, changing: 3, to: "3")) == .fieldCount(path: "p", line: 3, expected: 2, found: 1))
    #expect(
      error(Self.file(60, changing: 3, to: "3"))?.description
        == "p: line 3, column 2: expected 2 fields as in the first line, found 1")
    #expect(error("1\n2\n\n3\n") == .missing(path: "p", line: 3, column: 1))
    #expect(error("") == .tooShort(path: "p", count: 0, needed: 50))
    #expect(error(Self.file(49, changing: 0, to: "")) == .tooShort(path: "p", count: 49, needed: 50))
    #expect(error(String(repeating: "3\n", count: 50)) == .constant(path: "p", value: 3))
    #expect(
      error(Self.file(60, changing: 7, to: "7,"))?.description
        == "p: line 7, column 2: expected a number, found an empty field")
    #expect(throws: SeriesError.unreadable(path: "/nonesuch/series", reason: "there is no such file")) {
      try TimeSeries(path: "/nonesuch/series")
    }
  }

  @Test("windows ask for later numbers of their part, each of the test's once")
  func windows() throws {
    let series = try TimeSeries(values: (0..<100).map { Double($0 * $0) }, source: "squares")
    // The mean of k^2 for k < 60 is 1170.1666..., its deviation by the sum of k^4.
    let mean = (0..<60).map { Double($0 * $0) }.reduce(0, +) / 60
    let deviation = ((0..<60).map { pow(Double($0 * $0) - mean, 2) }.reduce(0, +) / 60).squareRoot()
    func position(_ value: Double) -> Int { Int((value * deviation + mean).squareRoot().rounded()) }
    let problem = SeriesForecast(series, part: series.test, horizon: 3, window: 8)
    var random = RandomSource(seed: 1)
    let test = problem.testBatches(using: &random)
    var asked: [Int] = []
    for batch in test + [problem.batch(count: 50, using: &random)] {
      #expect(batch.steps == 16 && batch.answerSteps == 8)
      for row in 0..<batch.count {
        for step in 0..<8 {
          let target = position(batch.answers.array[step, row, 0])
          #expect(target == position(batch.inputs[8 + step, row, 0]) + 3)
          #expect(series.test.contains(target))
          if batch.count != 50 { asked.append(target) }
        }
        #expect((1..<16).allSatisfy { position(batch.inputs[$0, row, 0]) == position(batch.inputs[0, row, 0]) + $0 })
      }
    }
    // 30 numbers in windows of 8: four windows, of which the last asks for two again.
    #expect(Set(asked) == Set(70..<100) && asked.count == 32)
  }

  @Test("a horizon that leaves the training part a window is taken, a longer one is refused")
  func horizons() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("tapestry-\(UUID().uuidString).csv").path
    try Data(Self.file(60, changing: 0, to: "").utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    var options = TaskOptions()
    options.seriesPath = path
    // 36 numbers to train on: one that is put in, one that is asked for first, and 34 between the two at most.
    options.horizon = 34
    let task = try #require(try TaskCatalog.task(named: "series", options: options) as? SequenceTask)
    var random = RandomSource(seed: 1)
    #expect(task.training.batch(count: 3, using: &random).answerSteps == 1)
    options.horizon = 35
    let error = #expect(throws: TaskError.self) { try TaskCatalog.task(named: "series", options: options) }
    #expect(error?.description == "\(path): expected a horizon from 1 to 34 for that many numbers, found 35")
  }

  @Test("the figure of Mackey and Glass's series is told with the horizon that it is for")
  func mackeyGlassFigure() {
    let task = SequenceTask.mackeyGlass(horizon: 84)
    #expect(task.metric.reference?.contains("10^-4.2") == true)
    #expect(SequenceTask.mackeyGlass().metric.reference?.contains("10^-4.2") == false)
  }

  @Test("the errors of guesses are those of the test's numbers")
  func guesses() throws {
    // 1 and -1 in turn: mean 0 and deviation 1; repeating the last number is off by 2 each time.
    let series = try TimeSeries(values: (0..<100).map { $0 % 2 == 0 ? 1 : -1 }, source: "s")
    let problem = SeriesForecast(series, part: series.test, horizon: 1, window: 5)
    #expect(problem.guessError(repeatsLast: false) == 1)
    #expect(problem.guessError(repeatsLast: true) == 2)
  }

  @Test("Mackey and Glass's equation is solved as another program solves it")
  func mackeyGlass() {
    let values = MackeyGlass.values(count: 301, transient: 0)
    #expect(values[0] == 1.2)
    // Until time 17 the delayed value is 1.2: x = s + (1.2 - s) exp(-t / 10) with s = 2.4 / (1 + 1.2^10).
    let s = 2.4 / (1 + pow(1.2, 10))
    for t in 1...17 { #expect(abs(values[t] - (s + (1.2 - s) * exp(-Double(t) / 10))) < 1e-8) }
    // From a NumPy program: the same method in steps of 0.01, with a cubic through the neighbours for the delayed value. The
    // mean of two neighbours in steps of 0.1 is off by 0.1^2 / 8 times a second derivative of below 0.1.
    for (t, expected) in Self.mackeyGlassReference { #expect(abs(values[t] - expected) < 1e-4, "at \(t)") }
    #expect(
      MackeyGlass.values(count: 5, transient: 100) == Array(MackeyGlass.values(count: 105, transient: 0).suffix(5)))
  }

  private static let mackeyGlassReference: [(Int, Double)] = [
    (20, 0.5501169966703464), (34, 1.0323271602581066), (50, 1.0609544177653143), (100, 1.01372432870354),
    (150, 1.1264886574238946), (200, 1.1867185576405817),
  ]

  @Test("real series are read and can be learnt from", .enabled(if: SharedData.exists))
  func sunspots() throws {
    let series = try TimeSeries(path: SharedData.path("sunspots_yearly/sunspots.csv"))
    #expect(series.values.count == 309 && series.values[0] == 5 && series.values[1] == 11)
    let task = SequenceTask.series(series)
    let run = try #require(
      Comparison(cells: [CellCatalog.gru], tasks: [task], seeds: 1, trainingSteps: 100).run(progress: nil).runs.first)
    // Better than the mean; a linear model of two lags has about 0.4.
    #expect(try #require(run.value) < 0.8)
  }
}

/// Data that may lie beside the project; tests use them and do not need them.
enum SharedData {
  private static let folder = ProcessInfo.processInfo.environment["TAPESTRY_TEST_DATA"]
  static let exists = folder.map { FileManager.default.fileExists(atPath: $0) } ?? false
  static func path(_ name: String) -> String { (folder ?? "") + "/" + name }
}
