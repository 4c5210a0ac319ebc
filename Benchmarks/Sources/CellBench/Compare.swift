import ArgumentParser
import Autodiff
import CellComparison
import Foundation

/// Trains cells on tasks.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train cells on tasks and compare what they reach (the default).")

  private static let standardCells = CellCatalog.standard.map(\.name)
  private static let standardTasks = TaskCatalog.standard.map(\.name)

  @Option(
    help: ArgumentHelp(
      "Cells, with commas between. (default: \(standardCells.joined(separator: ",")); `list` shows all)",
      valueName: "names"),
    transform: names(of: "cell", among: CellCatalog.all.map(\.name)))
  var cells: [String]?

  @Option(
    help: ArgumentHelp(
      "Tasks, with commas between. (default: \(standardTasks.joined(separator: ",")), or text with --text)",
      valueName: "names"),
    transform: names(of: "task", among: TaskCatalog.names))
  var tasks: [String]?

  @Option(
    parsing: .unconditional, help: "Runs of each cell on each task, each from a seed of its own. (default: 3)",
    transform: wholeNumber(1...100_000))
  var seeds: Int = 3

  @Option(parsing: .unconditional, help: "The first seed. (default: 1)", transform: wholeNumber(0...Int(Int32.max)))
  var seed: Int = 1

  @Option(
    parsing: .unconditional,
    help: "The cells' hidden size. (default: 3, 32 or 128 for binary-addition, adding or text)",
    transform: wholeNumber(1...65_536))
  var hidden: Int?

  @Option(
    parsing: .unconditional, help: "Training steps of a run. (default: the task's own)",
    transform: wholeNumber(1...1_000_000_000))
  var trainSteps: Int?

  @Option(
    parsing: .unconditional, help: "A time budget for the training of a run; a run that is cut by it says so.",
    transform: positiveNumber(of: "minutes"))
  var minutes: Double?

  @Option(
    parsing: .unconditional, help: "Threads to compute on. (default: TAPESTRY_THREADS, or all cores)",
    transform: wholeNumber(1...1024))
  var threads: Int?

  @Option(
    help: ArgumentHelp("text: a UTF-8 file.", valueName: "path"),
    transform: { text in
      guard !text.isEmpty else { throw ValidationError("expected a path") }
      return text
    })
  var text: String?

  @Option(
    parsing: .unconditional, help: "binary-addition: by how many steps the answer comes later. (default: 0)",
    transform: wholeNumber(0...BinaryAddition.longestDelay))
  var delay: Int = 0

  @Option(
    parsing: .unconditional, help: "adding: the length of the sequences. (default: 50)",
    transform: wholeNumber(2...100_000))
  var length: Int = 50

  @OptionGroup var report: ReportOptions
  @OptionGroup var output: OutputOptions

  /// The names of the tasks to be made.
  private var taskNames: [String] { tasks ?? (text == nil ? Self.standardTasks : ["text"]) }

  func validate() throws {
    if taskNames.contains("text"), text == nil {
      throw ValidationError("the task text needs a file: expected --text <path>, found none")
    }
    if text != nil, !taskNames.contains("text") {
      throw ValidationError(
        "--text is for the task text: expected it among --tasks, found \(taskNames.joined(separator: ","))")
    }
  }

  func run() throws {
    // Whatever may be wrong is found before the first step of training.
    let execution = try execution(threads: threads)
    let tasks = try taskNames.map(task)
    let output = try output.open()
    try report.check()
    let names = cells ?? Self.standardCells
    var comparison = Comparison(
      cells: names.compactMap { name in CellCatalog.all.first { $0.name == name } }, tasks: tasks, seeds: seeds,
      firstSeed: seed, hiddenSize: hidden, trainingSteps: trainSteps, minutes: minutes, threads: execution.threads)
    comparison.observesFirstSeed = report.isAskedFor

    let cancellation = Cancellation()
    let interruption = Interruption(cancellation)
    let results = comparison.run(cancellation: cancellation) { result in
      if !output.keepingErrors(result.json) { cancellation.cancel() }
    }
    try output.check()
    let separator = results.runs.isEmpty ? "" : "\n"
    try output.write(text: separator + results.text)
    try report.write(ComparisonReport(results: results, commandLine: CellBench.commandLine))
    if let signal = interruption.signal {
      CellBench.say("cellbench: interrupted; \(results.runs.count) runs were finished")
      throw ExitCode(128 + signal)
    }
  }

  /// A task by its name, with its options.
  private func task(_ name: String) throws(Failure) -> any ComparisonTask {
    switch name {
    case "binary-addition": return BinaryAddition(delay: delay)
    case "adding": return AddingProblem(steps: length)
    default:
      do {
        let corpus = try TextCorpus(path: text ?? "")
        if corpus.hadByteOrderMark { CellBench.say("\(corpus.path): dropped a byte-order mark") }
        if corpus.convertedLineEnds > 0 {
          CellBench.say("\(corpus.path): read \(corpus.convertedLineEnds) CRLF line ends as LF")
        }
        return try CharacterText(corpus)
      } catch {
        throw .badData(error)
      }
    }
  }
}
