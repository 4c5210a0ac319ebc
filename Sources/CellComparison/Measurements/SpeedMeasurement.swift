internal import Autodiff
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
  /// The seconds of timed running.
  public var budget: Double

  /// A measurement; sizes, counts and budgets that are not positive stop.
  public init(
    cell: CellDescription, timeSteps: Int = 100, batchSize: Int = 32, inputSize: Int = 128, hiddenSize: Int = 128,
    threads: Int = 1, phase: Phase = .trainStep, budget: Double = 2
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
    self.budget = budget
  }

  /// Runs the measurement.
  ///
  /// - Parameter ceilings: What a core reaches at most, for the fraction of it.
  public func run(ceilings: Ceilings? = nil) -> SpeedResult {
    var random = RandomSource(seed: 1)
    let model = cell.makeModel(inputSize, hiddenSize, &random)
    let inputs = DenseArray.normal([timeSteps, batchSize, inputSize], using: &random)
    let outputSize = model.outputSize(inputSize: inputSize)
    let targets = DenseArray.normal([timeSteps, batchSize, outputSize], using: &random)
    let tape = Tape(execution: Execution(threads: threads))
    var optimizer = SGD(model.parameters, learningRate: 1e-3)
    let timing = Timing(budget: budget) {
      tape.reset()
      switch phase {
      case .forward:
        tape.withoutGradients { _ = run(model, inputs, tape, isTraining: false) }
      case .trainStep:
        let loss = meanSquaredError(run(model, inputs, tape, isTraining: true), targets: targets)
        do {
          try optimizer.update(with: tape.gradients(of: loss))
        } catch {
          stop("SpeedMeasurement: \(error)")
        }
      }
    }
    tape.reset()
    return SpeedResult(self, timing: timing, ceilings: ceilings)
  }

  private func run(_ model: any SequenceModel, _ inputs: DenseArray, _ tape: Tape, isTraining: Bool) -> Variable {
    model.run(tape.constant(inputs), from: nil, keepsState: false, isTraining: isTraining).outputs
  }

  /// The operations of the matrix products that the phase needs, or nil where the cell's products have not been counted.
  ///
  /// A multiply-add is two operations. A training step needs, for each product of the forward pass, the gradient of its
  /// weights and, for the recurrent ones, that of the state; the inputs have none.
  public var usefulOperations: Double? {
    guard let products = cell.products else { return nil }
    let rows = 2 * Double(timeSteps) * Double(batchSize) * Double(hiddenSize)
    let input = rows * Double(inputSize * products.input)
    let recurrent = rows * Double(hiddenSize * products.recurrent)
    return phase == .forward ? input + recurrent : 2 * input + 3 * recurrent
  }
}

/// What a speed measurement gave.
public struct SpeedResult: Sendable {
  /// What was measured.
  public let measurement: SpeedMeasurement
  /// The time of one forward pass or training step.
  public let timing: Timing
  /// Useful operations of matrix products a second, or nil where the cell's products have not been counted.
  public let operationsPerSecond: Double?
  /// Those over the peak of all cores used.
  public let fractionOfPeak: Double?

  init(_ measurement: SpeedMeasurement, timing: Timing, ceilings: Ceilings?) {
    self.measurement = measurement
    self.timing = timing
    let rate = measurement.usefulOperations.map { $0 / timing.median }
    operationsPerSecond = rate
    fractionOfPeak = ceilings.flatMap { ceilings in rate.map { $0 / (Double(measurement.threads) * ceilings.peak) } }
  }

  /// The result in words, on one line.
  public var text: String {
    let sizes =
      "\(measurement.timeSteps) steps, batch \(measurement.batchSize), input \(measurement.inputSize), "
      + "hidden \(measurement.hiddenSize), threads \(measurement.threads)"
    let time =
      "median \(Decimals.rounded(timing.median * 1e3, to: 3)) ms, minimum \(Decimals.rounded(timing.minimum * 1e3, to: 3)) ms"
      + " of \(timing.runs) runs"
    let rate = operationsPerSecond.map { ", \(Decimals.rounded($0 / 1e9, to: 1)) GFLOP/s" } ?? ""
    let fraction = fractionOfPeak.map { ", \(Decimals.rounded($0 * 100, to: 1)) % of the peak" } ?? ""
    return "\(measurement.cell.name) \(measurement.phase.rawValue), \(sizes): \(time)\(rate)\(fraction)\n"
  }

  /// The result as a JSON object.
  public var json: JSONObject {
    JSONObject([
      ("peer", "tapestry"), ("cell", .string(measurement.cell.name)), ("hidden", .integer(measurement.hiddenSize)),
      ("input", .integer(measurement.inputSize)), ("batch", .integer(measurement.batchSize)),
      ("time_steps", .integer(measurement.timeSteps)), ("layers", 1), ("dtype", "float32"),
      ("threads", .integer(measurement.threads)), ("phase", .string(measurement.phase.rawValue)),
      ("median_ms", .number(Self.rounded(timing.median * 1e3, 4))),
      ("min_ms", .number(Self.rounded(timing.minimum * 1e3, 4))), ("runs", .integer(timing.runs)),
      ("gflops", operationsPerSecond.map { .number(Self.rounded($0 / 1e9, 2)) } ?? .null),
      ("fraction_of_peak", fractionOfPeak.map { .number(Self.rounded($0, 4)) } ?? .null),
    ])
  }

  private static func rounded(_ value: Double, _ decimals: Int) -> Double {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    return (value * scale).rounded() / scale
  }
}
