internal import DenseArrays
internal import Foundation

/// The share mu of a velocity that is kept from step to step, constant or growing.
///
///     Momentum(parameters, learningRate: 0.01, momentum: 0.9)
///     Momentum(parameters, learningRate: 0.01, momentum: .growing(maximum: 0.995), isNesterov: true)
public struct MomentumSchedule: Hashable, Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  private let maximum: Double
  private let grows: Bool

  private init(maximum: Double, grows: Bool) {
    guard maximum >= 0, maximum < 1 else { stop("MomentumSchedule: momentum \(maximum); expected it in 0 ..< 1") }
    self.maximum = maximum
    self.grows = grows
  }

  /// One value at all steps; outside of 0 ..< 1 it stops.
  public static func constant(_ momentum: Double) -> MomentumSchedule {
    MomentumSchedule(maximum: momentum, grows: false)
  }

  /// mu_t = min(1 - 2^(-1 - log2(floor(t / 250) + 1)), maximum): 0.5, 0.75, 0.833, ... every 250 steps.
  ///
  /// Source: Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum", 2013, equation 5.
  public static func growing(maximum: Double) -> MomentumSchedule { MomentumSchedule(maximum: maximum, grows: true) }

  public init(floatLiteral value: Double) { self = .constant(value) }
  public init(integerLiteral value: Int) { self = .constant(Double(value)) }

  /// The momentum at a step, counted from 0.
  public func callAsFunction(_ step: Int) -> Double {
    grows ? min(1 - exp2(-1 - log2(Double(step / 250) + 1)), maximum) : maximum
  }
}
