import ArgumentParser
import Autodiff
import CellComparison
import Foundation

/// Trains cells on tasks.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train cells on tasks and compare what they reach (the default).",
    discussion: """
      All cells see the same data in the same order from the same seeds. They have equal hidden sizes, those of --hidden or \
      else the task's own, or with --parameters about equal numbers of parameters. All cores compute when nothing is said. \
      The same arguments give the same numbers to the bit, but for time budgets, also when a comparison was stopped and \
      goes on with --resume.
      """)

  private static let standardCells = CellCatalog.standard.map(\.name)

  @Option(
    help: ArgumentHelp(
      "Cells, with commas between, or all. (default: \(standardCells.joined(separator: ",")); `list` shows all)",
      valueName: "names"),
    transform: { text in
      let all = CellCatalog.all.map(\.name)
      return text == "all" ? all : try CellBench.names(text, of: "cell", among: all)
    })
  var cells: [String]?

  @OptionGroup var selection: TaskSelection

  @Option(
    parsing: .unconditional,
    help: "Give each cell on each task the hidden size with which its model has about that many parameters.",
    transform: wholeNumber(1...10_000_000))
  var parameters: Int?

  @OptionGroup var training: TrainingOptions

  @Option(
    parsing: .unconditional, help: "The first learning rate. (default: the task's own)",
    transform: positiveNumber("a learning rate"))
  var rate: Double?

  @Flag(
    help: """
      Search each cell's learning rate on each task by successive halving on held-out data: eight rates from a sixteenth of \
      the first one to eight times as large, in all as many steps as a run has.
      """)
  var tune = false

  @Option(
    parsing: .unconditional, help: "The steps of --tune for each cell and task. (default: those of a run)",
    transform: wholeNumber(1...1_000_000_000))
  var tuneSteps: Int?

  @Option(
    parsing: .unconditional, help: "A time budget for the training of a run; a run that is cut by it says so.",
    transform: positiveNumber("a number of minutes"))
  var minutes: Double?

  @Option(
    help: ArgumentHelp(
      "Go on with a file of results as JSON lines, or begin one: what is in it is not done again, what is new is added.",
      valueName: "path"),
    transform: path)
  var resume: String?

  @OptionGroup var runs: SeedOptions
  @OptionGroup var net: NetOptions
  @OptionGroup var report: ReportOptions

  func validate() throws {
    if parameters != nil, net.hidden != nil {
      throw ValidationError("expected --hidden or --parameters, found both")
    }
    if tuneSteps != nil, !tune { throw ValidationError("--tune-steps is for --tune, which is not there") }
  }

  func run() throws {
    // Whatever may be wrong is found before the first step of training, and before any file is made or emptied.
    let execution = try net.execution()
    try files.check()
    let names = cells ?? Self.standardCells
    var comparison = Comparison(
      cells: names.compactMap { name in CellCatalog.all.first { $0.name == name } }, tasks: try selection.make(),
      seeds: runs.seeds, firstSeed: runs.first.seed, hiddenSize: net.hidden, trainingSteps: training.trainSteps,
      minutes: minutes, threads: execution.threads)
    comparison.parameters = parameters
    comparison.learningRate = rate
    comparison.observesFirstSeed = report.isAskedFor
    comparison.search = tune ? LearningRateSearch(budget: tuneSteps) : nil
    try check(comparison)
    try net.checkMemory(of: comparison.cells)
    try report.check()
    let file = try resume.map { path throws(Failure) in try ResumedFile(path: path) }
    let output = try net.output.open()

    let interruption = Interruption()
    let cancellation = interruption.cancellation
    let results = comparison.run(known: file?.results ?? [], cancellation: cancellation) { result in
      let isWritten = file?.output.keepingErrors(result.jsonWithObservation) ?? true
      if !output.keepingErrors(result.json) || !isWritten { cancellation.cancel() }
    }
    try output.check()
    try file?.output.check()
    if !results.runs.isEmpty {
      try output.write(text: "\n" + results.text)
      try report.write(ComparisonReport(results: results, commandLine: CellBench.commandLine))
    }
    if let exitCode = interruption.exitCode {
      CellBench.say("cellbench: interrupted; \(results.runs.count) runs were finished")
      throw exitCode
    }
  }

  private var files: DistinctFiles {
    DistinctFiles(
      read: [("--text", selection.text), ("--series", selection.series), ("--digits", selection.digits)],
      written: [("--resume", resume), ("--json", net.output.json), ("--report", report.report)])
  }

  private func check(_ comparison: Comparison) throws(Failure) {
    do {
      try comparison.checkParameters()
    } catch {
      throw .wrongArguments(error)
    }
  }
}

/// A file of results that a comparison goes on with.
private struct ResumedFile {
  /// What is in it.
  let results: [RunResult]
  /// Where new results are added.
  let output: ResultOutput

  /// Reads the file, says what is wrong with it, and opens it for more.
  init(path: String) throws(Failure) {
    do {
      let file = try ResultFile(path: path)
      for fault in file.faults { CellBench.say("\(path): \(fault)") }
      results = file.results
    } catch {
      throw .badData(error)
    }
    output = try ResultOutput(appendingTo: path)
    if !results.isEmpty { CellBench.say("\(path): \(results.count) results are there already") }
  }
}
