import ArgumentParser
import Autodiff
import CellComparison

/// Compares optimizers on tasks that need a long memory.
struct Optimizers: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train Elman's network on pathological tasks with several optimizers and compare what they reach.",
    discussion: """
      A task is solved when fewer than 1 of 100 test sequences are answered wrongly, or with --target-loss when their mean \
      loss is at most that; a run ends then, or when its budget of steps, gradients or seconds is used up. Gradients are \
      those of one batch; other work (products with curvatures, forward passes) is counted as the gradients that it is \
      about as much as. With several lengths, learning rates or momenta there is a row for each combination. The net has \
      100 hidden units and one thread computes when nothing is said. Units are tanh, or with the first weights irnn and \
      relu-glorot rectified linear.
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
    name: [.customShort("T"), .long], parsing: .unconditional,
    help: ArgumentHelp("Lengths of the tasks, with commas between. (default: 30)", valueName: "numbers"),
    transform: wholeNumbers(10...10_000))
  var length: [Int] = [30]

  @Option(
    name: [.customShort("B"), .long], parsing: .unconditional, help: "Sequences of a gradient. (default: 20)",
    transform: wholeNumber(1...4096))
  var batch: Int = 20

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
    transform: positiveNumber("a number of seconds"))
  var seconds: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Learning rates, with commas between. (default: each optimizer's own)", valueName: "numbers"),
    transform: numbers("above 0") { $0 > 0 })
  var rate: [Double] = []

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Momenta, with commas between. (default: 0.9)", valueName: "numbers"),
    transform: numbers("from 0 to below 1") { $0 >= 0 && $0 < 1 })
  var momentum: [Double] = [0.9]

  @Option(
    parsing: .unconditional,
    help: "The norm that gradients are clipped to, but for sgd and hessian-free; 0 clips nothing. (default: 1)",
    transform: numberFromZero)
  var clip: Double = 1

  @Option(
    parsing: .unconditional, help: "The test loss that a run ends at. (default: runs end when the task is solved)",
    transform: positiveNumber("a loss"))
  var targetLoss: Double?

  @Option(
    parsing: .unconditional, help: "Gradients from test to test. (default: 100)", transform: wholeNumber(1...1_000_000))
  var testInterval: Int = 100

  @Option(
    help: ArgumentHelp(
      "The first weights: \(initializations.joined(separator: ", ")). (default: sparse)", valueName: "name"),
    transform: { text in
      guard let value = OptimizerInitialization(rawValue: text) else {
        throw ValidationError("expected one of \(initializations.joined(separator: ", "))")
      }
      return value
    })
  var initialization: OptimizerInitialization = .sparse

  @Option(
    parsing: .unconditional, help: "The standard deviation of sparse input weights. (default: 1)",
    transform: positiveNumber("a standard deviation"))
  var inputScale: Double?

  @Option(
    parsing: .unconditional, help: "The spectral radius of sparse recurrent weights. (default: 1.1)",
    transform: positiveNumber("a spectral radius"))
  var spectralRadius: Double?

  @Option(
    parsing: .unconditional,
    help: "What the last input feature is multiplied by, with geometric steps from the first. (default: 1)",
    transform: positiveNumber("a spread"))
  var featureSpread: Double = 1

  @Flag(help: "Subtract the means of the input features, and begin with the mean answer as the readout's bias.")
  var centered = false

  @Option(
    parsing: .unconditional, help: "The weight of the penalty on vanishing gradients. (default: 1)",
    transform: positiveNumber("a penalty"))
  var penalty: Double = 1

  @Option(
    parsing: .unconditional, help: "Sequences of hessian-free's gradients and losses. (default: 10 batches)",
    transform: wholeNumber(1...1_000_000))
  var gradientSequences: Int?

  @Option(
    parsing: .unconditional, help: "Sequences of hessian-free's curvature. (default: 2 batches)",
    transform: wholeNumber(1...1_000_000))
  var curvatureSequences: Int?

  @Option(
    parsing: .unconditional, help: "The most iterations of conjugate gradients in a step. (default: 100)",
    transform: wholeNumber(1...1_000_000))
  var iterations: Int = 100

  @Option(
    parsing: .unconditional,
    help: "Samples of the diagonal that hessian-free is preconditioned with; 0 for none. (default: 1)",
    transform: wholeNumber(0...1_000))
  var preconditionerSamples: Int = 1

  @Option(
    parsing: .unconditional, help: "The first damping of hessian-free and diagonal-hessian-free. (default: 0.1)",
    transform: positiveNumber("a damping"))
  var damping: Double?

  @Option(
    parsing: .unconditional, help: "The weight of hessian-free's structural damping; 0 for none. (default: 0.03)",
    transform: numberFromZero)
  var structuralDamping: Double = 0.03

  @OptionGroup var runs: SeedOptions
  @OptionGroup var net: NetOptions

  func validate() throws {
    let sparseOnly = [("--input-scale", inputScale), ("--spectral-radius", spectralRadius)]
    for (option, value) in sparseOnly where value != nil && initialization != .sparse {
      throw ValidationError("\(option) is for --initialization sparse, found \(initialization.rawValue)")
    }
  }

  func run() throws {
    let execution = try net.execution(defaultThreads: 1)
    try net.checkMemory(of: [CellCatalog.elman])
    let output = try net.output.open()
    var comparison = OptimizerComparison()
    comparison.hiddenSize = net.hidden ?? 100
    comparison.batchSize = batch
    comparison.seeds = runs.first.seed...runs.first.seed + runs.seeds - 1
    comparison.steps = steps ?? .max
    comparison.gradients = Double(gradients)
    comparison.seconds = seconds ?? .infinity
    comparison.learningRates = rate
    comparison.momenta = momentum
    comparison.clippingNorm = clip == 0 ? nil : clip
    comparison.targetLoss = targetLoss
    comparison.testInterval = Double(testInterval)
    comparison.initialization = initialization
    if let inputScale { comparison.inputScale = inputScale }
    if let spectralRadius { comparison.spectralRadius = spectralRadius }
    comparison.featureSpread = featureSpread
    comparison.isCentered = centered
    comparison.penalty = penalty
    comparison.gradientSequences = gradientSequences
    comparison.curvatureSequences = curvatureSequences
    comparison.iterations = iterations
    comparison.preconditionerSamples = preconditionerSamples
    comparison.damping = damping
    comparison.structuralDamping = structuralDamping
    comparison.threads = execution.threads
    let interruption = Interruption()
    let cancellation = interruption.cancellation
    let results = comparison.run(
      tasks: tasks.compactMap { PathologicalTask.Kind(rawValue: $0) }.flatMap { kind in
        length.map { PathologicalTask(kind, length: $0) }
      },
      optimizers: optimizers.compactMap { OptimizerChoice(rawValue: $0) }, cancellation: cancellation
    ) { result in
      if !output.keepingErrors(result.json) { cancellation.cancel() }
    }
    try output.check()
    try output.write(text: OptimizerComparison.table(of: results))
    if let exitCode = interruption.exitCode { throw exitCode }
  }
}
