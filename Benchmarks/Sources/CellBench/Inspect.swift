import ArgumentParser
import Autodiff
import CellComparison

/// Shows the automaton inside a network that adds.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Train a network to add binary numbers and show the automaton that its hidden units make.",
    discussion: """
      The signs of the hidden units are a pattern; patterns that put out the same digits and go on to the same patterns are \
      merged into states. Beside them stands the automaton of the textbooks, which remembers the carry and the digits to be \
      put out.

      The cell is elman, the hidden size is 3 and one thread computes when nothing is said.
      """)

  @OptionGroup var look: CellOptions

  @Option(
    parsing: .unconditional, help: "By how many steps the answer comes later. (default: 0)",
    transform: wholeNumber(0...16))
  var delay: Int = 0

  @Option(
    parsing: .unconditional, help: "New sums to look at it with. (default: 1000)", transform: wholeNumber(1...1_000_000)
  )
  var sums: Int = 1000

  @Option(
    parsing: .unconditional, help: "The digits of these sums; training has 2 to 12. (default: 100)",
    transform: wholeNumber(2...10_000))
  var digits: Int = 100

  @OptionGroup var training: TrainingOptions
  @OptionGroup var first: FirstSeedOptions
  @OptionGroup var plot: PlotOptions
  @OptionGroup var net: NetOptions

  func run() throws {
    let execution = try net.execution(defaultThreads: 1)
    try DistinctFiles(written: [("--json", net.output.json), ("--plot", plot.plot)]).check()
    let cell = look.cell ?? CellCatalog.elman
    try net.checkMemory(of: [cell])
    try plot.check()
    let output = try net.output.open()
    let interruption = Interruption()
    let inspection = AdditionInspection(
      cell: cell, delay: delay, hiddenSize: net.hidden ?? 3, seed: first.seed,
      trainingSteps: training.trainSteps, sums: sums, digits: digits, threads: execution.threads)
    guard let result = inspection.run(cancellation: interruption.cancellation) else {
      throw interruption.exitCode ?? .failure
    }
    try output.write(result.json)
    try output.write(text: result.text)
    try plot.write(result.drawing)
  }
}
