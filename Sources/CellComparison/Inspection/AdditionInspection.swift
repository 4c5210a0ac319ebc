internal import DenseArrays

/// A look into a network that has learnt to add: the automaton that its hidden units make, beside that of the textbooks.
///
///     let result = AdditionInspection().run()
///     print(result.text)
public struct AdditionInspection: Sendable {
  /// The cell.
  public var cell: CellDescription
  /// By how many steps the answers come later.
  public var delay: Int
  /// The hidden size.
  public var hiddenSize: Int
  /// The seed of parameters and data.
  public var seed: Int
  /// The training steps, or nil for the task's own.
  public var trainingSteps: Int?
  /// The sums that it is looked at with, none of them seen in training.
  public var sums: Int
  /// The digits of those sums.
  public var digits: Int
  /// The threads to compute on.
  public var threads: Int

  /// An inspection; counts below 1, fewer than 2 digits and a delay outside of 0...16 stop.
  public init(
    cell: CellDescription = CellCatalog.elman, delay: Int = 0, hiddenSize: Int = 3, seed: Int = 1,
    trainingSteps: Int? = nil, sums: Int = 1000, digits: Int = 100, threads: Int = 1
  ) {
    guard min(hiddenSize, trainingSteps ?? 1, sums, threads) >= 1, digits >= 2, (0...16).contains(delay) else {
      stop(
        "AdditionInspection: \(hiddenSize) hidden units, \(trainingSteps ?? 1) training steps, \(sums) sums of \(digits) "
          + "digits, delay \(delay), \(threads) threads; expected at least 1, 2 digits, and a delay of 0 to 16")
    }
    self.cell = cell
    self.delay = delay
    self.hiddenSize = hiddenSize
    self.seed = seed
    self.trainingSteps = trainingSteps
    self.sums = sums
    self.digits = digits
    self.threads = threads
  }

  /// Trains a network and looks into it; nil when cancelled.
  public func run(cancellation: Cancellation = Cancellation()) -> AdditionInspectionResult? {
    let task = BinaryAddition(delay: delay, testDigits: digits)
    let steps = trainingSteps ?? task.defaultTrainingSteps
    let session = BinaryAdditionSession(
      task,
      SessionConfiguration(cell: cell, hiddenSize: hiddenSize, seed: seed, trainingSteps: steps, threads: threads))
    for step in 0..<steps {
      if cancellation.isCancelled { return nil }
      guard session.train(step: step).isFinite else {
        return AdditionInspectionResult(inspection: self, divergedAt: step, evaluation: nil)
      }
    }
    return AdditionInspectionResult(
      inspection: self, divergedAt: nil, evaluation: session.evaluation(of: sums, .testData))
  }
}
