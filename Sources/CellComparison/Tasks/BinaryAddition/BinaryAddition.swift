internal import Autodiff
internal import DenseArrays
internal import Layers
internal import Optimizers

/// Adding two binary numbers digit by digit: trained on short sums, tested on sums of 100 digits.
///
/// A step has two digits, least significant first, and asks for the digit of the sum. Hinton's lecture notes give each
/// connection one time step, so that their answer comes two steps later; here a state depends on the input of its own step
/// and the answer on the state, which is the same network without the delay. A longer delay takes more units: the network
/// has to remember the digits that it has not put out yet.
///
/// After training, the signs of the hidden units are read as the states of an automaton. The adding automaton, which
/// remembers the carry and puts out a digit, has four states (2^(2 + d) with a delay of d).
public struct BinaryAddition: ComparisonTask {
  /// By how many steps the answer comes later.
  public let delay: Int
  /// The digits of the sums in the test.
  public let testDigits: Int

  /// The longest delay that can be asked for.
  public static let longestDelay = 32

  /// The task; a delay outside of 0...32 and fewer than 2 digits stop.
  public init(delay: Int = 0, testDigits: Int = 100) {
    guard (0...Self.longestDelay).contains(delay), testDigits >= 2 else {
      stop(
        "BinaryAddition: a delay of \(delay) and \(testDigits) digits; expected 0 to \(Self.longestDelay) and at least 2"
      )
    }
    self.delay = delay
    self.testDigits = testDigits
  }

  public var name: String { "binary-addition" }

  public var summary: String {
    "two binary digits a step, least significant first, trained on sums of 2 to 12 digits, tested on \(testDigits)"
      + (delay == 0 ? "" : "; the answer \(delay) steps later")
  }

  public var settings: String {
    "delay \(delay), tested on \(BinaryAdditionSession.testCount) sums of \(testDigits) digits"
  }

  public var metric: Metric {
    Metric(
      name: "bits-right", format: .share, higherIsBetter: true,
      reference: "guessing gives 50 %; the adding automaton has \(4 << delay) states"
        + (delay == 0 ? ", which 3 tanh units learn (Hinton 2012, lecture 7)" : ""))
  }

  public var defaultHiddenSize: Int { 3 }
  public var defaultTrainingSteps: Int { 4000 }
  public var defaultLearningRate: Double { 0.02 }
  public var sharesProductsAmongThreads: Bool { false }

  public func makeSession(_ configuration: SessionConfiguration) -> any TrainingSession {
    BinaryAdditionSession(self, configuration)
  }
}

/// A model that learns to add.
final class BinaryAdditionSession: TrainingSession {
  /// The digits of the sums in training.
  static let trainingDigits = 2...12
  private static let batchSize = 64
  /// The sums of the test.
  static let testCount = 1000
  private static let heldOutCount = 64
  /// Cells start from half of their weights: units that begin near saturation more often end where some are of no use.
  private static let weightScale: Float = 0.5

  let task: BinaryAddition
  let model: ReadoutModel
  private var trainer: Trainer
  private var trainingRandom: RandomSource
  let configuration: SessionConfiguration

  init(_ task: BinaryAddition, _ configuration: SessionConfiguration) {
    self.task = task
    self.configuration = configuration
    model = ReadoutModel(configuration, inputSize: 2, outputSize: 1)
    model.scaleWeights(by: Self.weightScale)
    trainer = Trainer(model, clipping: .globalNorm(1), threads: configuration.threads)
    trainingRandom = configuration.random(for: .trainingData)
  }

  var parameterCount: Int { model.parameterCount }

  func train(step: Int) -> Double {
    let choices = UInt64(Self.trainingDigits.count)
    let digits = Self.trainingDigits.lowerBound + Int(trainingRandom.next().multipliedFullWidth(by: choices).high)
    let data = BinaryAdditionData(delay: task.delay)
      .batch(digits: digits, count: Self.batchSize, using: &trainingRandom)
    return trainer.step(learningRate: configuration.learningRate ?? task.defaultLearningRate) { tape in
      let outputs = model.cell.outputs(for: tape.constant(data.inputs), isTraining: true)
      return sigmoidCrossEntropy(model.readout(outputs), targets: data.targets, weights: data.weights)
    }
  }

  func heldOut() -> Double { evaluation(of: Self.heldOutCount, .heldOutData).bitsRight }

  func evaluate(isCancelled: () -> Bool) -> Evaluation { evaluation(of: Self.testCount, .testData).evaluation }

  /// Judges the answers to some new sums.
  func evaluation(of count: Int, _ purpose: SessionConfiguration.Purpose) -> BinaryAdditionEvaluation {
    var random = configuration.random(for: purpose)
    let data = BinaryAdditionData(delay: task.delay).batch(digits: task.testDigits, count: count, using: &random)
    let (outputs, logits) = trainer.test { tape in
      let outputs = model.cell.outputs(for: tape.constant(data.inputs), isTraining: false)
      return (outputs.value, model.readout(outputs).value)
    }
    return BinaryAdditionEvaluation(data, delay: task.delay, outputs: outputs, logits: logits)
  }
}
