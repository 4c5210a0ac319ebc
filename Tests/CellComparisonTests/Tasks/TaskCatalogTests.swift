import DenseArrays
import Foundation
import Testing

@testable import CellComparison

@Suite("The catalogue of tasks")
struct TaskCatalogTests {
  /// Those that need nothing from outside.
  static let withoutData = TaskCatalog.names.filter {
    !["text", "series", "digits-rows", "digits-pixels"].contains($0)
  }

  @Test("names are unique, and each task has the name that it is listed by and a chance level")
  func names() throws {
    #expect(Set(TaskCatalog.names).count == TaskCatalog.names.count)
    #expect(TaskCatalog.namesWithoutFiles == Self.withoutData)
    for name in Self.withoutData {
      let task = try TaskCatalog.task(named: name)
      #expect(task.name == name && !task.summary.isEmpty)
      #expect(task.metric.reference?.isEmpty == false, "\(name) says its chance level")
    }
  }

  @Test("one seed draws the same sequences again, and another seed others", arguments: withoutData)
  func determinism(name: String) throws {
    guard let task = try TaskCatalog.task(named: name) as? SequenceTask else { return }
    for problem in [task.training, task.heldOut] + task.tests.map(\.problem) {
      func draw(_ seed: UInt64) -> SequenceBatch {
        var random = RandomSource(seed: seed)
        _ = problem.batch(count: 3, using: &random)
        return problem.batch(count: 5, using: &random)
      }
      let (first, again, other) = (draw(1), draw(1), draw(2))
      #expect(first.inputs == again.inputs && first.answers.array == again.answers.array)
      #expect(first.weights == again.weights && first.acceptable == again.acceptable)
      #expect(first.inputs.shape != other.inputs.shape || first.inputs != other.inputs)
      #expect(first.inputs.shape[2] == problem.inputSize && first.inputs.shape[1] == 5)
    }
  }

  @Test("a cell trains on every task, the same way twice", arguments: withoutData)
  func training(name: String) throws {
    var options = TaskOptions()
    options.length = 10
    options.testLengths = [12, 10]
    let task = try TaskCatalog.task(named: name, options: options)
    func run() throws -> RunResult {
      try #require(
        Comparison(cells: [CellCatalog.gru], tasks: [task], seeds: 1, hiddenSize: 6, trainingSteps: 4, threads: 1)
          .run(progress: nil).runs.first)
    }
    let (first, again) = (try run(), try run())
    #expect(first.status == .finished && first.value == again.value && first.curve == again.curve)
    #expect(first.curve.allSatisfy { $0.trainingLoss.isFinite && $0.heldOut?.isFinite == true })
    if TaskCatalog.namesWithLengths.contains(name) {
      #expect(task.settings.hasSuffix("tested at 12 and 10"))
      #expect(first.details.last?.name == task.metric.name + "-at-10")
    }
  }

  @Test(
    "an LSTM or GRU learns what is easy",
    arguments: [
      ("temporal-order", 10, 0.95), ("random-permutation", 5, 0.95), ("parity", 3, 0.9), ("even-pairs", 4, 0.95),
      ("a-n-b-n", 3, 0.6), ("embedded-reber", 1, 0.3),
    ])
  func learning(name: String, length: Int, least: Double) throws {
    var options = TaskOptions()
    options.length = length
    options.testLengths = [length]
    let task = try TaskCatalog.task(named: name, options: options)
    let run = try #require(
      Comparison(cells: [CellCatalog.gru], tasks: [task], seeds: 1, hiddenSize: 24, trainingSteps: 400)
        .run(progress: nil).runs.first)
    #expect(try #require(run.value) >= least, "\(name): \(run.value ?? -1)")
  }

  @Test("what is missing or out of range is said")
  func mistakes() {
    func error(_ name: String, _ change: (inout TaskOptions) -> Void = { _ in }) -> TaskError? {
      var options = TaskOptions()
      change(&options)
      do {
        _ = try TaskCatalog.task(named: name, options: options)
        return nil
      } catch {
        return error
      }
    }
    #expect(error("nonesuch") == .unknown(name: "nonesuch"))
    #expect(error("series") == .missingData(task: "series", what: "--series <path>"))
    #expect(error("digits-rows") == .missingData(task: "digits-rows", what: "--digits <path>"))
    #expect(error("text") == .missingData(task: "text", what: "--text <path>"))
    #expect(
      error("multiplication") { $0.length = 9 } == .length(task: "multiplication", found: 9, expected: 10...100_000))
    #expect(
      error("arithmetic") { $0.testLengths = [4, 18] } == .length(task: "arithmetic", found: 18, expected: 1...17))
    #expect(error("embedded-reber") { $0.length = 9 } == nil)
    #expect(
      error("series") { $0.seriesPath = "/nonesuch" }
        == .series(.unreadable(path: "/nonesuch", reason: "there is no such file")))
  }
}
