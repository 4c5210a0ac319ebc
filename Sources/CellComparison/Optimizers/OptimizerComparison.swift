internal import DenseArrays

/// Optimizers on one net, one task and one budget: Elman's network on tasks that need a long memory.
///
///     var comparison = OptimizerComparison()
///     comparison.gradients = 2_000
///     let results = comparison.run(tasks: [PathologicalTask(.adding, length: 30)], optimizers: [.adam, .hessianFree])
///     print(OptimizerComparison.table(of: results))
public struct OptimizerComparison: Sendable {
  /// The hidden units.
  public var hiddenSize: Int = 100
  /// The sequences of a gradient step.
  public var batchSize: Int = 20
  /// The most steps of a run.
  public var steps: Int = .max
  /// The most gradients of a run: sweeps over a batch of `batchSize`, with other work counted in them.
  public var gradients: Double = 1_000
  /// The most seconds of a run.
  public var seconds: Double = .infinity
  /// The first seed and the number of seeds, each a run.
  public var seeds: ClosedRange<Int> = 1...3
  /// The learning rates that each optimizer is run with; with none each has its own.
  public var learningRates: [Double] = []
  /// The momenta that each optimizer with momentum is run with.
  public var momenta: [Double] = [0.9]
  /// The global norm that gradients are clipped to, but for plain gradient descent and Hessian-free optimization; nil
  /// clips nothing.
  public var clippingNorm: Double? = 1
  /// The weight of the penalty on vanishing gradients.
  public var penalty: Double = 1
  /// The test loss that a run ends at; nil when a run ends with the task solved.
  public var targetLoss: Double?
  /// The sequences of a test.
  public var testSequences: Int = 1_000
  /// Gradients from test to test.
  public var testInterval: Double = 100
  /// The threads.
  public var threads: Int = 1

  /// The first values of the weights.
  public var initialization: OptimizerInitialization = .sparse
  /// The standard deviation of the sparse input weights.
  public var inputScale: Double = 1
  /// The spectral radius of the sparse recurrent weights.
  public var spectralRadius: Double = 1.1
  /// What the last input feature is multiplied by; the first one stays, and factors between are in geometric steps.
  public var featureSpread: Double = 1
  /// Whether the means of the input features are subtracted, and the readout's bias begins with the mean of the answers
  /// where these are numbers (Sutskever et al. 2013, section 4.1 and appendix A.5).
  public var isCentered: Bool = false

  /// The sequences of Hessian-free optimization's gradients and losses; nil for ten batches.
  public var gradientSequences: Int?
  /// The sequences of Hessian-free optimization's curvature; nil for two batches.
  public var curvatureSequences: Int?
  /// The most iterations of conjugate gradients.
  public var iterations: Int = 100
  /// The samples of the diagonal that Hessian-free optimization is preconditioned with; 0 for no preconditioner.
  public var preconditionerSamples: Int = 1
  /// The first damping of the Hessian-free methods; nil for 0.1.
  public var damping: Double?
  /// The weight of structural damping in Hessian-free optimization.
  public var structuralDamping: Double = 0.03

  public init() {}

  /// Runs all optimizers on all tasks with all settings that they have, from all seeds.
  public func run(
    tasks: [PathologicalTask], optimizers: [OptimizerChoice], cancellation: Cancellation = Cancellation(),
    _ report: (OptimizerResult) -> Void = { _ in }
  ) -> [OptimizerResult] {
    var results: [OptimizerResult] = []
    for task in tasks {
      for optimizer in optimizers {
        for rate in learningRates.isEmpty ? [optimizer.defaultLearningRate] : learningRates {
          for momentum in optimizer.hasMomentum ? momenta : [0] {
            for seed in seeds where !cancellation.isCancelled {
              var run = OptimizerRun(self, task, optimizer, learningRate: rate, momentum: momentum, seed: seed)
              let result = run.run { cancellation.isCancelled }
              results.append(result)
              report(result)
            }
          }
        }
      }
    }
    return results
  }
}
