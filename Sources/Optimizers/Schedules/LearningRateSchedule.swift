internal import DenseArrays
internal import Foundation

/// A factor on learning rates that depends on the number of the step.
///
///     optimizer.schedule = .cosine(steps: 10_000).warmedUp(steps: 500)
///
/// Steps count from 0. A factor may be 0; one that is negative or not finite makes the optimizer refuse the step.
public struct LearningRateSchedule: Sendable {
  private let factor: @Sendable (Int) -> Double

  /// A schedule of one's own.
  public init(_ factor: @escaping @Sendable (_ step: Int) -> Double) { self.factor = factor }

  /// The factor at a step.
  public func callAsFunction(_ step: Int) -> Double { factor(step) }

  /// Always 1.
  public static let constant = LearningRateSchedule { _ in 1 }

  /// `factor` times as much after every `steps` steps.
  public static func step(every steps: Int, factor: Double) -> LearningRateSchedule {
    check(steps, "step")
    return LearningRateSchedule { step in integerPower(factor, step / steps) }
  }

  /// factor^step.
  public static func exponential(factor: Double) -> LearningRateSchedule {
    LearningRateSchedule { step in integerPower(factor, step) }
  }

  /// From 1 along half a cosine to `final` at step `steps`, and `final` from then on.
  ///
  /// Source: Loshchilov and Hutter, "SGDR", 2017, equation 5, without restarts.
  public static func cosine(steps: Int, final: Double = 0) -> LearningRateSchedule {
    check(steps, "cosine")
    return LearningRateSchedule { step in
      let share = Double(min(step, steps)) / Double(steps)
      return final + (1 - final) * 0.5 * (1 + cos(Double.pi * share))
    }
  }

  /// This schedule behind a line that rises from 1 / steps at step 0 to 1; the schedule's own step 0 comes after it.
  public func warmedUp(steps: Int) -> LearningRateSchedule {
    Self.check(steps, "warmedUp")
    return LearningRateSchedule { step in
      step < steps ? factor(0) * Double(step + 1) / Double(steps) : factor(step - steps)
    }
  }

  private static func check(_ steps: Int, _ name: String) {
    guard steps > 0 else { stop("LearningRateSchedule.\(name): \(steps) steps; expected at least 1") }
  }
}
