internal import Autodiff
internal import DenseArrays
internal import Foundation
internal import Layers
internal import Optimizers

/// Gradient steps with Adam on one tape.
struct Trainer {
  /// The tape that every step is recorded on.
  let tape: Tape
  private var optimizer: Adam

  /// A trainer of all parameters of a model.
  init(_ model: some Module, clipping: GradientClipping, threads: Int) {
    tape = Tape(execution: Execution(threads: threads))
    optimizer = Adam(model.parameters, learningRate: 0)
    optimizer.clipping = clipping
  }

  /// Records a loss, follows its gradient and returns the loss; NaN when the gradient is not finite.
  mutating func step(learningRate: Double, loss: (Tape) -> Variable) -> Double {
    tape.reset()
    let loss = loss(tape)
    let value = loss.item
    let gradients = tape.gradients(of: loss)
    guard value.isFinite else { return value }
    optimizer.learningRate = learningRate
    do {
      try optimizer.update(with: gradients)
      return value
    } catch .nonFiniteGradient {
      return .nan
    } catch {
      stop("\(error)")
    }
  }

  /// Records something without gradients and returns what `body` makes of it.
  func test<Result>(_ body: (Tape) -> Result) -> Result {
    tape.reset()
    defer { tape.reset() }
    return tape.withoutGradients { body(tape) }
  }

  /// A factor on the learning rate that falls from 1 to 0 along half a cosine.
  static func cosineDecay(step: Int, of steps: Int) -> Double {
    0.5 + 0.5 * cos(Double.pi * Double(step) / Double(max(1, steps)))
  }
}
