public import Autodiff
internal import DenseArrays
internal import Layers
internal import Optimizers

/// How fast a cell runs over a batch of sequences.
///
/// A training step is the forward pass over the sequences, the mean squared error of all outputs against fixed random
/// targets, the reverse sweep and a plain gradient step of all parameters. The inputs need no gradient. A forward pass
/// keeps nothing for gradients.
public struct SpeedMeasurement: Sendable {
  /// What is timed.
  public enum Phase: String, CaseIterable, Sendable {
    case trainStep = "train_step"
    case forward
    /// The Hessian of the training step's loss in all parameters times a vector, from scratch: forward pass, recorded
    /// gradient and product. The gradient alone and each further product at the same point are timed too.
    case hessianProduct = "hessian_product"
  }

  /// The cell.
  public var cell: CellDescription
  /// The number of steps of a sequence.
  public var timeSteps: Int
  /// The number of sequences.
  public var batchSize: Int
  /// The cell's input size.
  public var inputSize: Int
  /// The cell's hidden size.
  public var hiddenSize: Int
  /// The threads to compute on.
  public var threads: Int
  /// What is timed.
  public var phase: Phase
  /// How the steps are run: traced or unrolled, what is kept, which optimisations.
  public var options: ScanOptions
  /// The seconds of timed running.
  public var budget: Double

  /// A measurement; sizes, counts and budgets that are not positive stop.
  public init(
    cell: CellDescription, timeSteps: Int = 100, batchSize: Int = 32, inputSize: Int = 128, hiddenSize: Int = 128,
    threads: Int = 1, phase: Phase = .trainStep, options: ScanOptions = ScanOptions(), budget: Double = 2
  ) {
    guard min(timeSteps, batchSize, inputSize, hiddenSize, threads) >= 1, budget > 0 else {
      stop(
        "SpeedMeasurement: \(timeSteps) steps, \(batchSize) sequences, sizes \(inputSize) and \(hiddenSize), "
          + "\(threads) threads, \(budget) s; all have to be positive")
    }
    self.cell = cell
    self.timeSteps = timeSteps
    self.batchSize = batchSize
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    self.threads = threads
    self.phase = phase
    self.options = options
    self.budget = budget
  }

  /// Runs the measurement.
  ///
  /// - Parameter ceilings: What a core reaches at most, for the fraction of it; measured last, so that the first step is
  ///   soon after the start of a process that does nothing else.
  public func run(ceilings: @autoclosure () -> Ceilings? = nil) -> SpeedResult {
    var run = SpeedRun(self)
    run.step()
    let firstStep = ProcessUsage.seconds
    let hessian = phase == .hessianProduct ? run.hessianTimings(budget: budget) : nil
    let timing = hessian?.product ?? Timing(budget: budget) { run.step() }
    let memory = SpeedResult.Memory(
      peakResidentBytes: ProcessUsage.peakResidentBytes, keptBytes: run.keptBytes, peakBytes: run.peakBytes)
    return SpeedResult(
      self, timing: timing, firstStep: firstStep, memory: memory, hessian: hessian, report: run.report,
      ceilings: ceilings())
  }

  /// The operations of the matrix products that the phase needs, or nil where the cell's products have not been counted.
  ///
  /// A multiply-add is two operations. A training step needs, for each product of the forward pass, the gradient of its
  /// weights and, for the recurrent ones, that of the state; the inputs have none. A product with the Hessian needs the
  /// forward pass, the gradient of the states but not that of the weights, and the derivatives of both along a vector:
  /// those of a product of two things that vary are two products.
  public var usefulOperations: Double? {
    guard let products = cell.products else { return nil }
    let rows = 2 * Double(timeSteps) * Double(batchSize) * Double(hiddenSize)
    let input = rows * Double(inputSize * products.input)
    let recurrent = rows * Double(hiddenSize * products.recurrent)
    return switch phase {
    case .forward: input + recurrent
    case .trainStep: 2 * input + 3 * recurrent
    case .hessianProduct: 3 * input + 8 * recurrent
    }
  }
}

/// The model, data and tape of a speed measurement.
private struct SpeedRun {
  private let measurement: SpeedMeasurement
  private let model: any SequenceModel
  private let inputs, targets: DenseArray
  private let vectors: [DenseArray]
  private let tape: Tape
  private var optimizer: SGD
  /// How the last step was run.
  private(set) var report: ScanReport?
  /// Bytes of values that the tape had in use after the last forward pass, and the most of the whole last step.
  private(set) var keptBytes = 0
  private(set) var peakBytes = 0

  init(_ measurement: SpeedMeasurement) {
    self.measurement = measurement
    var random = RandomSource(seed: 1)
    let (time, batch) = (measurement.timeSteps, measurement.batchSize)
    model = measurement.cell.makeModel(measurement.inputSize, measurement.hiddenSize, &random)
    inputs = DenseArray.normal([time, batch, measurement.inputSize], using: &random)
    let outputSize = model.outputSize(inputSize: measurement.inputSize)
    targets = DenseArray.normal([time, batch, outputSize], using: &random)
    var vectors: [DenseArray] = []
    if measurement.phase == .hessianProduct {
      for (_, parameter) in model.parameters { vectors.append(DenseArray.normal(parameter.shape, using: &random)) }
    }
    self.vectors = vectors
    tape = Tape(execution: Execution(threads: measurement.threads))
    optimizer = SGD(model.parameters, learningRate: 1e-3)
  }

  /// Runs once what is timed.
  mutating func step() {
    tape.reset()
    switch measurement.phase {
    case .forward:
      tape.withoutGradients { _ = outputs(isTraining: false) }
    case .trainStep:
      let loss = loss()
      do {
        try optimizer.update(with: tape.gradients(of: loss))
      } catch {
        stop("SpeedMeasurement: \(error)")
      }
    case .hessianProduct:
      _ = hessian().product(vectors)
    }
    peakBytes = tape.peakBytesInUse
  }

  /// A product with the Hessian from scratch, one with a Hessian that is there, and the gradient from scratch, by turns.
  mutating func hessianTimings(budget: Double) -> SpeedResult.HessianTimings {
    var operation: HessianOperator?
    let timings = Timing.byTurns(3, budget: budget) { turn in
      switch turn {
      case 0:
        tape.reset()
        operation = hessian()
        _ = operation?.product(vectors)
      case 1: _ = operation?.product(vectors)
      default:
        tape.reset()
        _ = tape.gradients(of: loss())
      }
    }
    return .init(product: timings[0], furtherProduct: timings[1], gradient: timings[2])
  }

  private mutating func hessian() -> HessianOperator {
    let loss = loss()
    return tape.hessian(of: loss, withRespectTo: model.parameters.map { tape.parameter($0.parameter) })
  }

  private mutating func loss() -> Variable {
    meanSquaredError(outputs(isTraining: true), targets: targets)
  }

  private mutating func outputs(isTraining: Bool) -> Variable {
    let (outputs, report) = model.run(tape.constant(inputs), options: measurement.options, isTraining: isTraining)
    self.report = report
    keptBytes = max(0, tape.peakBytesInUse - outputs.shape.count * MemoryLayout<Float>.size)
    return outputs
  }
}
