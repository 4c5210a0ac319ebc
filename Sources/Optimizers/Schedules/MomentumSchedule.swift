internal import DenseArrays
internal import Foundation

/// The share mu of a velocity that is kept from step to step, constant or growing.
///
///     Momentum(parameters, learningRate: 0.01, momentum: 0.9)
///     Momentum(parameters, learningRate: 0.01, momentum: .growing(maximum: 0.995), isNesterov: true)
public struct MomentumSchedule: Hashable, Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  private enum Kind: Hashable {
    case constant(Double)
    case growing(maximum: Double)
    case switched(Double, Double, step: Int)
  }

  private let kind: Kind

  private init(_ kind: Kind, _ momenta: Double...) {
    for momentum in momenta where !(momentum >= 0 && momentum < 1) {
      stop("MomentumSchedule: momentum \(momentum); expected it in 0 ..< 1")
    }
    self.kind = kind
  }

  /// One value at all steps; outside of 0 ..< 1 it stops.
  public static func constant(_ momentum: Double) -> MomentumSchedule {
    MomentumSchedule(.constant(momentum), momentum)
  }

  /// mu_t = min(1 - 2^(-1 - log2(floor(t / 250) + 1)), maximum): 0.5, 0.75, 0.833, ... every 250 steps.
  ///
  /// Source: Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum", 2013, equation 5.
  public static func growing(maximum: Double) -> MomentumSchedule {
    MomentumSchedule(.growing(maximum: maximum), maximum)
  }

  /// One value up to a step, counted from 0, and another from then on; outside of 0 ..< 1 either stops.
  public static func switched(from first: Double, to second: Double, atStep step: Int) -> MomentumSchedule {
    MomentumSchedule(.switched(first, second, step: step), first, second)
  }

  public init(floatLiteral value: Double) { self = .constant(value) }
  public init(integerLiteral value: Int) { self = .constant(Double(value)) }

  /// The momentum at a step, counted from 0.
  public func callAsFunction(_ step: Int) -> Double {
    switch kind {
    case .constant(let momentum): momentum
    case .growing(let maximum): min(1 - exp2(-1 - log2(Double(step / 250) + 1)), maximum)
    case .switched(let first, let second, let switching): step < switching ? first : second
    }
  }
}
