import ArgumentParser
import Autodiff
import CellComparison

/// Times a cell over whole sequences.
struct Speed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time a cell's training step, forward pass or products with the Hessian.",
    discussion: """
      A training step is the forward pass, the mean squared error of all outputs against fixed random targets, the reverse \
      sweep and a plain gradient step of all parameters; the inputs need no gradient. After three runs to warm up, at least \
      10 are timed, up to 200 within the budget. The operations are those of the matrix products alone.

      The cell is lstm, the hidden size is 128 and one thread computes when nothing is said; threads have cores of their own.

      A product with the Hessian of that loss is timed from scratch, and beside it the gradient and each further product.

      With --json also: when the first step ended after the start of the process and what that is above the median \
      (first_step_ms, first_step_excess_ms), the most memory of the process (peak_rss_mib), the bytes of values that the \
      tape keeps for the reverse sweep, without outputs (kept_bytes), and the most in use at one time (peak_bytes).
      """)

  @OptionGroup var look: CellOptions

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
    help: ArgumentHelp("What to time: \(phases.joined(separator: ", ")). (default: train_step)", valueName: "phase"),
    transform: { text in
      guard let phase = SpeedMeasurement.Phase(rawValue: text) else {
        throw ValidationError("expected one of \(phases.joined(separator: ", "))")
      }
      return phase
    })
  var phase: SpeedMeasurement.Phase = .trainStep

  @Option(
    help: ArgumentHelp(
      """
      Trace the step and run it as a scan, compute it for all steps without a loop where its state is linear (parallel), \
      or record it at every step: scan, parallel or unrolled. (default: scan)
      """, valueName: "mode"),
    transform: { text in
      guard let mode = Mode(rawValue: text) else { throw ValidationError("expected scan, parallel or unrolled") }
      return mode
    })
  var mode: Mode = .scan

  @Option(
    help: ArgumentHelp(
      """
      Keep everything for the reverse sweep (none), the states at the starts of segments that are run once more \
      (segments), or at most about that many states (a number). (default: none)
      """, valueName: "what"),
    transform: { text in
      switch text {
      case "none": return .none
      case "segments": return .segments
      default:
        guard let slots = Int(text), slots >= 1 else {
          throw ValidationError("expected none, segments or a whole number from 1")
        }
        return .slots(slots)
      }
    })
  var checkpointing: ScanCheckpointing = .none

  @Option(
    help: ArgumentHelp(
      "Leave out optimisations of the scan: \(passes.map(\.name).joined(separator: ", ")).",
      valueName: "names"),
    transform: names(of: "optimisation", among: passes.map(\.name)))
  var without: [String] = []

  @Option(
    parsing: .unconditional, help: "Seconds of timed runs. (default: 2)",
    transform: positiveNumber("a number of seconds"))
  var budget: Double = 2

  @OptionGroup var net: NetOptions

  /// How the steps are run.
  enum Mode: String {
    case scan, parallel, unrolled
  }

  private static let passes: [(name: String, pass: ScanPasses)] = [
    ("hoisting", .hoisting), ("merging", .merging), ("fusion", .fusion),
    ("weight-gradients-outside", .weightGradientsOutside), ("saved-values", .savedValues),
  ]

  private static let phases = SpeedMeasurement.Phase.allCases.map(\.rawValue)

  func run() throws {
    let execution = try net.execution(defaultThreads: 1)
    let cell = look.cell ?? CellCatalog.lstm
    try net.checkMemory(of: [cell], inputSize: input)
    let output = try net.output.open()
    let threads = execution.threads
    Ceilings.limitProcess(toCores: threads)
    let options = ScanOptions(
      checkpointing: checkpointing, isParallel: mode == .parallel, isUnrolled: mode == .unrolled,
      passes: Self.passes.reduce(ScanPasses.all) { without.contains($1.name) ? $0.subtracting($1.pass) : $0 })
    let measurement = SpeedMeasurement(
      cell: cell, timeSteps: timeSteps, batchSize: batch, inputSize: input,
      hiddenSize: net.hidden ?? 128, threads: threads, phase: phase, options: options, budget: budget)
    let result = measurement.run(ceilings: Ceilings(instructionSet: execution.instructionSet))
    var json = result.json
    switch checkpointing {
    case .none: json.append("checkpointing", "none")
    case .segments: json.append("checkpointing", "segments")
    case .slots(let slots): json.append("checkpointing", .integer(slots))
    }
    json.append("without", .string(without.joined(separator: ",")))
    try output.write(json)
    try output.write(text: result.text)
  }
}
