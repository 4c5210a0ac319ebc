/// What a task measures at the end of a run.
public struct Metric: Hashable, Sendable {
  /// How a value is written.
  public enum Format: Hashable, Sendable {
    /// As a percentage with two decimals; the value is a share of 1.
    case share
    /// With the given number of decimals.
    case decimals(Int)
    /// As a whole number.
    case count
  }

  /// The name, lower-case with hyphens, with the unit where there is one: "nats-per-character".
  public let name: String
  /// How values are written in tables.
  public let format: Format
  /// Whether more is better.
  public let higherIsBetter: Bool
  /// What a value can be held against, as a sentence's end: "always answering 1 gives 0.1667".
  public let reference: String?

  public init(name: String, format: Format, higherIsBetter: Bool, reference: String? = nil) {
    self.name = name
    self.format = format
    self.higherIsBetter = higherIsBetter
    self.reference = reference
  }
}

extension Metric.Format {
  /// A value as text.
  func text(_ value: Double) -> String {
    guard value.isFinite else { return "not finite" }
    return switch self {
    // Rounded down: 100.00 % means all of them.
    case .share: (Decimals.floored(value * 100, to: 2)) + " %"
    case .decimals(let count): Decimals.rounded(value, to: count)
    case .count: Decimals.grouped(Int(value.rounded()))
    }
  }
}
