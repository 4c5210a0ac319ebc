import Autodiff
import Layers
import Synchronization
import Testing

@testable import CellComparison

@Suite("Comparisons")
struct RunnerTests {
  private static let cells = [CellCatalog.elman, CellCatalog.gru]

  @Test("results come in the order of tasks, cells and seeds", arguments: [1, 2, 5])
  func order(threads: Int) {
    let tasks = [KnownTask(), KnownTask(name: "shared", sharesProductsAmongThreads: true)]
    let seen = Mutex(0)
    let results = Comparison(cells: Self.cells, tasks: tasks, seeds: 3, firstSeed: 4, threads: threads)
      .run(progress: nil) { _ in seen.withLock { $0 += 1 } }
    let expected = ["known", "shared"].flatMap { task in
      ["elman", "gru"].flatMap { cell in (4...6).map { "\(task) \(cell) \($0)" } }
    }
    #expect(results.runs.map { "\($0.task) \($0.cell) \($0.seed)" } == expected)
    #expect(seen.withLock { $0 } == 12)
    for run in results.runs {
      #expect(run.status == .finished && run.steps == 10 && run.hiddenSize == 5 && run.parameterCount == 42)
      #expect(run.value == Double(run.seed))
      #expect(run.threads == (run.task == "shared" ? threads : 1))
    }
  }

  @Test("a loss or value that is not finite ends the run as diverged, without a value")
  func divergence() {
    let task = KnownTask(loss: { seed, step in seed == 1 && step == 3 ? .nan : 1 }, value: { $0 == 2 ? .infinity : 0 })
    let runs = Comparison(cells: [CellCatalog.elman], tasks: [task], seeds: 3).run(progress: nil).runs
    #expect(runs.map(\.status) == [.diverged, .diverged, .finished])
    #expect(runs.map(\.steps) == [4, 10, 10])
    #expect(runs.map(\.value) == [nil, nil, 0])
  }

  @Test("a run carries its learning curve: steps, mean losses since the point before, and the metric held out")
  func curve() throws {
    let task = KnownTask(loss: { seed, step in seed == 2 && step == 8 ? .nan : Double(step) })
    let runs = Comparison(cells: [CellCatalog.elman], tasks: [task], seeds: 2, trainingSteps: 50)
      .run(progress: nil).runs
    // A point every 3 of 50 steps, and one at the end: losses of steps 0, 1, 2 and so on.
    var points: [LearningCurve.Point] = (1...16).map { point in
      .init(step: 3 * point, trainingLoss: Double(3 * point - 2), heldOut: Double(100 + 3 * point))
    }
    points.append(.init(step: 50, trainingLoss: 48.5, heldOut: 150))
    #expect(runs[0].curve == points)
    #expect(runs[1].curve.map(\.step) == [3, 6, 9])
    #expect(runs[1].curve[2].trainingLoss.isNaN && runs[1].curve[2].heldOut == nil)
    #expect(runs[0].json.line.hasSuffix("[48, 46, 148], [50, 48.5, 150]]}"))
    #expect(runs[1].json.line.hasSuffix("\"curve\": [[3, 1, 203], [6, 4, 206], [9, null, null]]}"))
  }

  @Test("a time budget cuts the training and the value is still measured")
  func budget() throws {
    let runs = Comparison(
      cells: [CellCatalog.elman], tasks: [KnownTask()], seeds: 1, trainingSteps: 1_000_000_000, minutes: 0.001
    ).run(progress: nil).runs
    let run = try #require(runs.first)
    #expect(run.status == .cut)
    #expect(run.value == 1)
    #expect(run.seconds >= 0.06 && run.steps < 1_000_000_000)
  }

  @Test("a comparison that is cancelled keeps the runs that have ended")
  func cancellation() {
    let cancellation = Cancellation()
    let task = KnownTask(loss: { seed, step in
      if seed == 3, step == 5 { cancellation.cancel() }
      return 1
    })
    let runs = Comparison(cells: [CellCatalog.elman], tasks: [task], seeds: 10, threads: 1)
      .run(progress: nil, cancellation: cancellation).runs
    #expect(runs.map(\.seed) == [1, 2])
  }

  @Test("progress on no terminal: a line a run")
  func plainProgress() {
    let text = Mutex("")
    let reporter = ProgressReporter(isTerminal: false) { piece in text.withLock { $0 += piece } }
    _ = Comparison(cells: [CellCatalog.elman], tasks: [KnownTask()], seeds: 2, threads: 1).run(progress: reporter)
    let lines = text.withLock { $0 }.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("known elman seed 1: error 1.0, 10 steps in "))
    #expect(lines[1].hasPrefix("known elman seed 2: error 2.0, 10 steps in "))
    #expect(!text.withLock { $0 }.contains("\r"))
  }

  @Test("progress on a terminal: a bar with rate and time left, and it is gone in the end")
  func terminalProgress() throws {
    let pieces = Mutex<[String]>([])
    let reporter = ProgressReporter(isTerminal: true) { piece in pieces.withLock { $0.append(piece) } }
    _ = Comparison(cells: [CellCatalog.elman], tasks: [Self.slowTask], seeds: 1, threads: 1).run(progress: reporter)
    let all = pieces.withLock { $0 }
    let bar = try #require(all.first { $0.contains("[") && $0.contains("left") })
    #expect(bar.hasPrefix("\r["))
    #expect(bar.contains("known elman seed 1: "))
    #expect(bar.contains(" %  0 of 1 runs"))
    #expect(all.last == "\r\u{1B}[J")
  }

  /// One whose steps take longer than a report is old.
  private static let slowTask = KnownTask(loss: { _, _ in
    let end = ContinuousClock.now + .milliseconds(30)
    while ContinuousClock.now < end {}
    return 1
  })

  @Test("a terminal shows a table of what has ended, which is written over, and gone in the end")
  func liveTable() throws {
    for (rows, heading) in [(24, 5), (5, 3)] {
      let screen = Mutex(Terminal())
      let shown = Mutex<Set<[String]>>([])
      let show: @Sendable (String) -> Void = { piece in
        let lines = screen.withLock {
          $0.write(piece)
          return $0.lines
        }
        shown.withLock { _ = $0.insert(lines) }
      }
      let reporter = ProgressReporter(
        isTerminal: true, screen: { ScreenSize(rows: rows, columns: 60) }, output: show)
      let results = Comparison(cells: Self.cells, tasks: [Self.slowTask], seeds: 3, threads: 1).run(progress: reporter)
      let all = shown.withLock { $0 }
      #expect(all.allSatisfy { $0.count <= heading + 1 && $0.allSatisfy { $0.count < 60 } })
      let tables = all.filter { $0.first?.hasPrefix("task") == true }
      #expect(tables.contains { $0.contains("known  elman  3 of 3  error    2.0   ± 1.0") }, "\(tables)")
      // Seeds 1 and 2 of the second cell; a low screen has the last row alone.
      let second = ["known", "gru", "2", "of", "3", "error", "1.5", "±", "0.7"]
      let last = try #require(
        tables.first { $0.contains { $0.split(separator: " ").map(String.init) == second } }, "\(tables)")
      #expect(last.contains { $0.hasPrefix("known  elman") } == (rows == 24))
      #expect(screen.withLock { $0.lines } == [""])
      #expect(results.runs.count == 6)
    }
  }

  @Test("the time left is judged by runs of the same kind, and halves with two side by side")
  func remainingTime() {
    let plans = Comparison(cells: Self.cells, tasks: [KnownTask()], seeds: 2, trainingSteps: 100).plans(threads: 1)
    var one = RemainingTime(plans, workers: 1)
    #expect(one.estimate == nil)
    one.update(run: 0, steps: 100, seconds: 10)
    one.finish(run: 0)
    // A second Elman run, and two GRU runs of which nothing is known but the task.
    #expect(one.estimate == 30)
    one.update(run: 2, steps: 50, seconds: 20)
    // GRU: 0.4 s a step.
    #expect(one.estimate == 70)
    #expect(one.finishedCount == 1)
    var two = RemainingTime(plans, workers: 2)
    two.update(run: 0, steps: 100, seconds: 10)
    two.finish(run: 0)
    #expect(two.estimate == 15)
  }
}

/// What a terminal shows that knows how to go back and how to clear.
private struct Terminal {
  private(set) var lines = [""]
  private var row = 0

  mutating func write(_ text: String) {
    var rest = Substring(text)
    while let character = rest.popFirst() {
      switch character {
      case "\r": lines[row] += "\r"
      case "\n":
        row += 1
        if row == lines.count { lines.append("") }
        lines[row] = ""
      case "\u{1B}":
        let code = rest.prefix { !$0.isLetter }
        rest = rest.dropFirst(code.count)
        switch rest.popFirst() {
        case "A": row -= Int(code.dropFirst()) ?? 0
        case "J": lines = lines[..<row] + [""]
        default: break
        }
      default:
        if lines[row].last == "\r" { lines[row] = "" }
        lines[row].append(character)
      }
    }
    for index in lines.indices where lines[index].last == "\r" { lines[index].removeLast() }
  }
}

/// A cell that nobody has heard of.
private struct LeakyUnit: SimpleRecurrentCell {
  let candidate: Gate

  func step(_ x: Variable, _ h: Variable) -> Variable { 0.5 * h + 0.5 * tanh(candidate(x, h)) }
}

@Suite("Training")
struct TrainingTests {
  @Test("a cell of one's own is compared in a few lines")
  func ownCell() throws {
    let mine = CellDescription.named("leaky-unit") {
      LeakyUnit(candidate: Gate(inputSize: $0, hiddenSize: $1, using: &$2))
    }
    let results = Comparison(
      cells: [mine] + CellCatalog.standard, tasks: [SequenceTask.adding(length: 4)], seeds: 1, hiddenSize: 8,
      trainingSteps: 400
    ).run(progress: nil)
    #expect(results.runs.map(\.cell) == ["leaky-unit", "elman", "lstm", "gru"])
    // 8 x 2 + 8 x 8 + 8, and a read-out of 8 + 1.
    #expect(results.runs[0].parameterCount == 97)
    for run in results.runs {
      #expect(run.status == .finished)
      // Well below the constant guess on so short a sequence.
      let value = try #require(run.value)
      #expect(value < 1.0 / 6 / 2, "\(run.cell): \(value)")
    }
  }

  @Test("the same seed gives the same numbers to the bit, beside other runs and alone")
  func sameSeed() {
    func values(_ seeds: Int, first: Int, threads: Int) -> [Double?] {
      Comparison(
        cells: CellCatalog.standard + [CellCatalog.gruResetBefore],
        tasks: [BinaryAddition(testDigits: 20), SequenceTask.adding(length: 6)], seeds: seeds,
        firstSeed: first, hiddenSize: 5, trainingSteps: 15, threads: threads
      ).run(progress: nil).runs.filter { $0.seed == 2 }.map(\.value)
    }
    let alone = values(1, first: 2, threads: 1)
    #expect(alone.count == 8)
    #expect(values(2, first: 1, threads: 2) == alone)
    #expect(values(1, first: 2, threads: 2) == alone)
  }

  @Test("different seeds give different numbers")
  func differentSeeds() {
    let runs = Comparison(
      cells: [CellCatalog.lstm], tasks: [SequenceTask.adding(length: 5)], seeds: 3, trainingSteps: 2
    )
    .run(progress: nil).runs
    #expect(Set(runs.map(\.value)).count == 3)
  }

  @Test("a repeating text is learnt, with the state carried from chunk to chunk")
  func text() throws {
    // Each character follows from the one before: no uncertainty is left once that is learnt.
    let text = String(repeating: "the quick ", count: 600).utf8
    let task = try CharacterText(TextCorpus(bytes: Array(text), path: "text"))
    let runs = Comparison(cells: CellCatalog.standard, tasks: [task], seeds: 1, hiddenSize: 16, trainingSteps: 60)
      .run(progress: nil).runs
    // Nine different characters: 2.2 nats without learning.
    for run in runs { #expect(try #require(run.value) < 0.5, "\(run.cell)") }
  }

  @Test("useful operations are counted as other frameworks' benchmarks count them")
  func usefulOperations() {
    func count(_ cell: CellDescription, _ sizes: (Int, Int, Int, Int), _ phase: SpeedMeasurement.Phase) -> Double? {
      SpeedMeasurement(
        cell: cell, timeSteps: sizes.0, batchSize: sizes.1, inputSize: sizes.2, hiddenSize: sizes.3, phase: phase
      ).usefulOperations
    }
    #expect(count(CellCatalog.lstm, (100, 32, 128, 128), .forward) == 838_860_800)
    #expect(count(CellCatalog.lstm, (100, 32, 128, 128), .trainStep) == 2_097_152_000)
    // 2 x 77,070,336 + 3 x 352,321,536, and 102,400 + 1,638,400.
    #expect(count(CellCatalog.gru, (28, 128, 28, 128), .trainStep) == 1_211_105_280.0)
    #expect(count(CellCatalog.elman, (50, 16, 2, 32), .forward) == 1_740_800.0)
    // 1,048,576 a product: 3 with the input and 8 with the state, where a training step has 2 and 3.
    #expect(count(CellCatalog.elman, (1, 32, 128, 128), .hessianProduct) == 11_534_336.0)
    #expect(count(CellCatalog.elman, (1, 32, 128, 128), .trainStep) == 5_242_880.0)
    // 2 x 3 x (4 x 2 + 3 x 3).
    #expect(count(CellCatalog.novel, (1, 1, 2, 3), .forward) == 102.0)
    let unknown = CellDescription.named("x") { Elman(inputSize: $0, hiddenSize: $1, using: &$2) }
    #expect(count(unknown, (1, 1, 1, 1), .forward) == nil)
  }
}
