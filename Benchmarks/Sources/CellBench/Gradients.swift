import ArgumentParser
import Autodiff
import CellComparison

/// Shows how gradients fare on their way back through time.
struct Gradients: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradients",
    abstract: "Show whether gradients vanish or explode on their way back through a cell's time.",
    discussion: """
      The norm of dL/dh_t for the loss L of the adding problem and the state h_t after step t (all its arrays together; h_0 \
      is the start), and how much dh_T/dh_t lengthens a vector: at most (its largest singular value) and in the root mean \
      square. Both at initialisation and after training. The Jacobians are exact up to 16 million numbers a sequence; above \
      that the mean gain is estimated from 64 random vectors, and said to be.
      """)

  @Option(
    help: ArgumentHelp("The cell, one of the list or novel. (default: lstm)", valueName: "name"),
    transform: cell(named:))
  var cell: CellDescription = CellCatalog.lstm

  @Option(
    name: [.customShort("T"), .long], parsing: .unconditional, help: "The length of its sequences. (default: 100)",
    transform: wholeNumber(2...100_000))
  var length: Int = 100

  @Option(
    name: [.customShort("H"), .long], parsing: .unconditional, help: "The hidden size. (default: 32)",
    transform: wholeNumber(1...4096))
  var hidden: Int?

  @Option(
    parsing: .unconditional, help: "Training steps; with 0 it is not trained. (default: the task's own)",
    transform: wholeNumber(0...1_000_000_000))
  var trainSteps: Int?

  @Option(
    parsing: .unconditional, help: "Test sequences to take norms over. (default: 16)", transform: wholeNumber(1...4096))
  var sequences: Int = 16

  @Option(parsing: .unconditional, help: "The seed. (default: 1)", transform: wholeNumber(0...Int(Int32.max)))
  var seed: Int = 1

  @OptionGroup var plot: PlotOptions
  @Option(
    parsing: .unconditional, help: "Threads to compute on. (default: TAPESTRY_THREADS, or all cores)",
    transform: wholeNumber(1...1024))
  var threads: Int?

  @OptionGroup var output: OutputOptions

  func run() throws {
    let execution = try CellBench.execution(threads: threads)
    let output = try output.open()
    try plot.check()
    let cancellation = Cancellation()
    let interruption = Interruption(cancellation)
    let study = GradientStudy(
      cell: cell, task: SequenceTask.adding(length: length), hiddenSize: hidden, seed: seed, trainingSteps: trainSteps,
      sequences: sequences, threads: execution.threads)
    guard let result = study.run(cancellation: cancellation) else { throw ExitCode(128 + (interruption.signal ?? 0)) }
    for line in result.lines { try output.write(line) }
    try output.write(text: result.text)
    try plot.write(result.drawing)
  }
}
