import ArgumentParser
import Autodiff
import CellComparison

/// Compares optimizers on tasks that need a long memory.
struct Optimizers: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a tanh net on pathological tasks with several optimizers and compare what they reach.",
    discussion: """
      A task is solved when fewer than 1 of 100 test sequences are answered wrongly; a run ends then, or when its budget of \
      steps, gradients or seconds is used up. Gradients are those of one batch; other work (products with curvatures, \
      forward passes) is counted as the gradients that it is about as much as.
      """)

  private static let tasks = PathologicalTask.Kind.allCases.map(\.rawValue)
  private static let optimizers = OptimizerChoice.allCases.map(\.rawValue)
  private static let initializations = OptimizerInitialization.allCases.map(\.rawValue)

  @Option(
    help: ArgumentHelp(
      "Tasks, with commas between: \(tasks.joined(separator: ", ")). (default: adding)", valueName: "names"),
    transform: names(of: "task", among: tasks))
  var tasks: [String] = ["adding"]

  @Option(
    help: ArgumentHelp(
      "Optimizers, with commas between: \(optimizers.joined(separator: ", ")). (default: all)", valueName: "names"),
    transform: names(of: "optimizer", among: optimizers))
  var optimizers: [String] = Self.optimizers

  @Option(
    name: [.customShort("T"), .long], parsing: .unconditional, help: "The length of the tasks. (default: 30)",
    transform: wholeNumber(10...10_000))
  var length: Int = 30

  @Option(
    name: [.customShort("H"), .long], parsing: .unconditional, help: "Hidden units. (default: 100)",
    transform: wholeNumber(1...4096))
  var hidden: Int = 100

  @Option(
    name: [.customShort("B"), .long], parsing: .unconditional, help: "Sequences of a gradient. (default: 20)",
    transform: wholeNumber(1...4096))
  var batch: Int = 20

  @Option(
    parsing: .unconditional, help: "Runs, each from a seed of its own. (default: 3)", transform: wholeNumber(1...1000))
  var seeds: Int = 3

  @Option(parsing: .unconditional, help: "The first seed. (default: 1)", transform: wholeNumber(0...Int(Int32.max)))
  var seed: Int = 1

  @Option(
    parsing: .unconditional, help: "The most steps of a run. (default: no limit)",
    transform: wholeNumber(1...1_000_000_000))
  var steps: Int?

  @Option(
    parsing: .unconditional, help: "The most gradients of a run. (default: 1000)",
    transform: wholeNumber(1...1_000_000_000))
  var gradients: Int = 1_000

  @Option(
    parsing: .unconditional, help: "The most seconds of a run. (default: no limit)",
    transform: positiveNumber(of: "seconds"))
  var seconds: Double?

  @Option(
    parsing: .unconditional, help: "The learning rate. (default: each optimizer's own)",
    transform: positiveNumber(of: "learning rate"))
  var rate: Double?

  @Option(
    parsing: .unconditional, help: "The largest momentum, from 0 to below 1. (default: 0.9)",
    transform: { text in
      guard let value = Double(text), value >= 0, value < 1 else {
        throw ValidationError("expected a number from 0 to below 1")
      }
      return value
    })
  var momentum: Double = 0.9

  @Option(
    help: ArgumentHelp(
      "The first weights: \(initializations.joined(separator: " or ")). (default: sparse)", valueName: "name"),
    transform: { text in
      guard let value = OptimizerInitialization(rawValue: text) else {
        throw ValidationError("expected \(initializations.joined(separator: " or "))")
      }
      return value
    })
  var initialization: OptimizerInitialization = .sparse

  @Option(
    parsing: .unconditional, help: "The standard deviation of sparse input weights. (default: 1)",
    transform: positiveNumber(of: "standard deviation"))
  var inputScale: Double = 1

  @Option(
    parsing: .unconditional, help: "The weight of the penalty on vanishing gradients. (default: 1)",
    transform: positiveNumber(of: "penalty"))
  var penalty: Double = 1

  @Option(parsing: .unconditional, help: "Threads. (default: 1)", transform: wholeNumber(1...1024))
  var threads: Int = 1

  @OptionGroup var output: OutputOptions

  func run() throws {
    _ = try execution(threads: threads)
    let output = try output.open()
    var comparison = OptimizerComparison()
    comparison.hiddenSize = hidden
    comparison.batchSize = batch
    comparison.seeds = seed...seed + seeds - 1
    comparison.steps = steps ?? .max
    comparison.gradients = Double(gradients)
    comparison.seconds = seconds ?? .infinity
    comparison.learningRate = rate
    comparison.momentum = momentum
    comparison.initialization = initialization
    comparison.inputScale = inputScale
    comparison.penalty = penalty
    comparison.threads = threads
    let cancellation = Cancellation()
    let interruption = Interruption(cancellation)
    let results = comparison.run(
      tasks: tasks.compactMap { PathologicalTask.Kind(rawValue: $0) }.map { PathologicalTask($0, length: length) },
      optimizers: optimizers.compactMap { OptimizerChoice(rawValue: $0) }, cancellation: cancellation
    ) { result in
      if !output.keepingErrors(result.json) { cancellation.cancel() }
    }
    try output.check()
    try output.write(text: OptimizerComparison.table(of: results))
    if let signal = interruption.signal { throw ExitCode(128 + signal) }
  }
}
