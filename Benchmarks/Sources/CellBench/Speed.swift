import ArgumentParser
import Autodiff
import CellComparison

/// Times a cell over whole sequences.
struct Speed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time a cell's training step or forward pass.",
    discussion: """
      A training step is the forward pass, the mean squared error of all outputs against fixed random targets, the reverse \
      sweep and a plain gradient step of all parameters; the inputs need no gradient. After three runs to warm up, at least \
      10 are timed, up to 200 within the budget. The operations are those of the matrix products alone.
      """)

  @Option(help: ArgumentHelp("The cell. (default: lstm)", valueName: "name"), transform: cell(named:))
  var cell: CellDescription = CellCatalog.lstm

  @Option(
    name: [.customShort("T"), .long], parsing: .unconditional, help: "Steps of a sequence. (default: 100)",
    transform: wholeNumber(1...1_000_000))
  var timeSteps: Int = 100

  @Option(
    name: [.customShort("B"), .long], parsing: .unconditional, help: "Sequences. (default: 32)",
    transform: wholeNumber(1...65_536))
  var batch: Int = 32

  @Option(
    name: [.customShort("I"), .long], parsing: .unconditional, help: "The input size. (default: 128)",
    transform: wholeNumber(1...65_536))
  var input: Int = 128

  @Option(
    name: [.customShort("H"), .long], parsing: .unconditional, help: "The hidden size. (default: 128)",
    transform: wholeNumber(1...65_536))
  var hidden: Int = 128

  @Option(
    parsing: .unconditional, help: "Threads, each on a core of its own. (default: 1)", transform: wholeNumber(1...1024))
  var threads: Int = 1

  @Option(
    help: ArgumentHelp("What to time: \(phases.joined(separator: " or ")). (default: train_step)", valueName: "phase"),
    transform: { text in
      guard let phase = SpeedMeasurement.Phase(rawValue: text) else {
        throw ValidationError("expected \(phases.joined(separator: " or "))")
      }
      return phase
    })
  var phase: SpeedMeasurement.Phase = .trainStep

  @Option(
    parsing: .unconditional, help: "Seconds of timed runs. (default: 2)", transform: positiveNumber(of: "seconds"))
  var budget: Double = 2

  @OptionGroup var output: OutputOptions

  private static let phases = SpeedMeasurement.Phase.allCases.map(\.rawValue)

  func run() throws {
    let execution = try execution(threads: threads)
    let output = try output.open()
    Ceilings.limitProcess(toCores: threads)
    let measurement = SpeedMeasurement(
      cell: cell, timeSteps: timeSteps, batchSize: batch, inputSize: input, hiddenSize: hidden, threads: threads,
      phase: phase, budget: budget)
    let result = measurement.run(ceilings: Ceilings(instructionSet: execution.instructionSet))
    try output.write(result.json)
    try output.write(text: result.text)
  }
}
