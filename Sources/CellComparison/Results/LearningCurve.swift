/// How a training goes: its loss, and now and then the metric on held-out data.
///
/// Held-out data are neither the training nor the test data, so that learning rates can be chosen by them.
public struct LearningCurve: Sendable {
  /// What is known after some steps.
  public struct Point: Hashable, Sendable {
    /// The training steps made.
    public let step: Int
    /// The mean training loss of the steps since the point before; not finite when the last one was not.
    public let trainingLoss: Double
    /// The task's metric on held-out data, or nil after a loss that was not finite.
    public let heldOut: Double?

    public init(step: Int, trainingLoss: Double, heldOut: Double?) {
      self.step = step
      self.trainingLoss = trainingLoss
      self.heldOut = heldOut
    }
  }

  /// About how many points a curve has.
  public static let points: Int = 20

  /// The points so far.
  public private(set) var points: [Point] = []
  private let interval: Int
  private var losses = 0.0
  private var lastStep = 0

  /// The curve of a training that is planned for some steps.
  init(trainingSteps: Int) { interval = max(1, (trainingSteps + Self.points - 1) / Self.points) }

  /// Notes the loss of a step; the steps are counted from 1.
  mutating func note(step: Int, loss: Double, heldOut: () -> Double) {
    losses += loss
    if step % interval == 0 || !loss.isFinite { append(step, loss.isFinite ? heldOut() : nil) }
  }

  /// Ends the curve with a point at the last step.
  mutating func end(step: Int, heldOut: () -> Double) {
    if step > lastStep { append(step, heldOut()) }
  }

  private mutating func append(_ step: Int, _ heldOut: Double?) {
    points.append(Point(step: step, trainingLoss: losses / Double(step - lastStep), heldOut: heldOut))
    (losses, lastStep) = (0, step)
  }
}
