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
      put out. One thread computes.
      """)

  @Option(
    help: ArgumentHelp("The cell, one of the list or novel. (default: elman)", valueName: "name"),
    transform: cell(named:))
  var cell: CellDescription = CellCatalog.elman

  @Option(
    parsing: .unconditional, help: "By how many steps the answer comes later. (default: 0)",
    transform: wholeNumber(0...16))
  var delay: Int = 0

  @Option(
    parsing: .unconditional, help: "Training steps. (default: the task's own)",
    transform: wholeNumber(1...1_000_000_000))
  var trainSteps: Int?

  @Option(parsing: .unconditional, help: "The seed. (default: 1)", transform: wholeNumber(0...Int(Int32.max)))
  var seed: Int = 1

  @Option(
    parsing: .unconditional, help: "New sums to look at it with. (default: 1000)", transform: wholeNumber(1...1_000_000)
  )
  var sums: Int = 1000

  @Option(
    parsing: .unconditional, help: "The digits of these sums; training has 2 to 12. (default: 100)",
    transform: wholeNumber(2...10_000))
  var digits: Int = 100

  @OptionGroup var plot: PlotOptions
  @Option(
    name: [.customShort("H"), .long], parsing: .unconditional, help: "The hidden size. (default: 3)",
    transform: wholeNumber(1...4096))
  var hidden: Int = 3

  @OptionGroup var output: OutputOptions

  func run() throws {
    let output = try output.open()
    try plot.check()
    let cancellation = Cancellation()
    let interruption = Interruption(cancellation)
    let inspection = AdditionInspection(
      cell: cell, delay: delay, hiddenSize: hidden, seed: seed, trainingSteps: trainSteps, sums: sums,
      digits: digits)
    guard let result = inspection.run(cancellation: cancellation) else {
      throw ExitCode(128 + (interruption.signal ?? 0))
    }
    try output.write(result.json)
    try output.write(text: result.text)
    try plot.write(result.drawing)
  }
}
