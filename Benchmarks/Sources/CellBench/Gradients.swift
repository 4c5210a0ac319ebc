import ArgumentParser
import Autodiff
import CellComparison

/// Shows how gradients fare on their way back through time.
struct Gradients: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradients",
    abstract: "Show whether gradients vanish or explode on their way back through a cell's time.",
    discussion: """
      The norm of dL/dh_t for a task's loss L and the state h_t after step t (all its arrays together; h_0 is the start), \
      and how much dh_T/dh_t lengthens a vector: at most (its largest singular value) and in the root mean square. Both at \
      initialisation and after training. The Jacobians are exact up to 16 million numbers a sequence; above that the mean \
      gain is estimated from 64 random vectors, and said to be.

      The cell is lstm, the hidden size is the task's own and all cores compute when nothing is said.
      """)

  private static let tasks = TaskCatalog.namesWithoutFiles
  private static let standardTask = "adding"

  @OptionGroup var look: CellOptions

  @Option(
    help: ArgumentHelp(
      "The task: \(tasks.joined(separator: ", ")). (default: \(standardTask))", valueName: "name"),
    transform: { text in
      guard tasks.contains(text) else { throw ValidationError("expected one of \(tasks.joined(separator: ", "))") }
      return text
    })
  var task: String = Self.standardTask

  @Option(
    name: [.customShort("T"), .long], parsing: .unconditional,
    help: "The length of its sequences. (default: 100 for \(standardTask), else the task's own)",
    transform: wholeNumber(1...100_000))
  var length: Int?

  @Option(
    parsing: .unconditional, help: "Training steps; with 0 it is not trained. (default: the task's own)",
    transform: wholeNumber(0...1_000_000_000))
  var trainSteps: Int?

  @Option(
    parsing: .unconditional, help: "Test sequences to take norms over. (default: 16)", transform: wholeNumber(1...4096))
  var sequences: Int = 16

  @OptionGroup var first: FirstSeedOptions
  @OptionGroup var plot: PlotOptions
  @OptionGroup var net: NetOptions

  func validate() throws {
    if length != nil, !TaskCatalog.namesWithLengths.contains(task) {
      throw ValidationError("--length is for tasks that have a length, found \(task)")
    }
  }

  func run() throws {
    let execution = try net.execution()
    try DistinctFiles(written: [("--json", net.output.json), ("--plot", plot.plot)]).check()
    let task = try makeTask()
    let cell = look.cell ?? CellCatalog.lstm
    try net.checkMemory(of: [cell])
    try plot.check()
    let output = try net.output.open()
    let interruption = Interruption()
    let study = GradientStudy(
      cell: cell, task: task, hiddenSize: net.hidden, seed: first.seed,
      trainingSteps: trainSteps, sequences: sequences, threads: execution.threads)
    guard let result = study.run(cancellation: interruption.cancellation) else {
      throw interruption.exitCode ?? .failure
    }
    for line in result.lines { try output.write(line) }
    try output.write(text: result.text)
    try plot.write(result.drawing)
  }

  private func makeTask() throws(Failure) -> any ComparisonTask {
    var options = TaskOptions()
    options.length = length ?? (task == Self.standardTask ? 100 : nil)
    do {
      return try TaskCatalog.task(named: task, options: options)
    } catch {
      throw .wrongArguments(error)
    }
  }
}
