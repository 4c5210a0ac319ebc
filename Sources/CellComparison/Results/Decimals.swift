internal import Foundation

/// Numbers as text for people.
enum Decimals {
  /// A number rounded to some decimals.
  static func rounded(_ value: Double, to decimals: Int) -> String {
    text(value, decimals, .toNearestOrAwayFromZero)
  }

  /// A number rounded down to some decimals.
  static func floored(_ value: Double, to decimals: Int) -> String {
    text(value, decimals, .down)
  }

  /// A whole number with commas between thousands.
  static func grouped(_ value: Int) -> String {
    var digits = String(value.magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits = String(digits.dropLast(3))
    }
    return (value < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
  }

  /// A rate with three significant digits, or whole with commas from 100 on.
  static func rate(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    return value >= 100 ? grouped(Int(value.rounded())) : rounded(value, to: value >= 10 ? 1 : 2)
  }

  /// A positive number with three significant digits, without zeros at its end: "0.005", "1.25".
  static func trimmed(_ value: Double) -> String {
    guard value.isFinite, value > 0 else { return "\(value)" }
    var decimals = 2
    var size = value
    while size < 1, decimals < 15 {
      size *= 10
      decimals += 1
    }
    var digits = rounded(value, to: decimals)
    while digits.contains("."), let last = digits.last, last == "0" || last == "." { digits.removeLast() }
    return digits
  }

  /// A duration in the largest fitting units: "48 s", "3 min 20 s", "1 h 05 min".
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "-" }
    let whole = Int(seconds.rounded(.up))
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(padded(whole % 60)) s" }
    return "\(whole / 3600) h \(padded(whole / 60 % 60)) min"
  }

  /// A number with up to three significant digits and a power of ten: "2.5e-7"; "0" and numbers that are not finite as
  /// they are.
  static func exponential(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return value == 0 ? "0" : "\(value)" }
    let magnitude = abs(value)
    var power = Int(log10(magnitude).rounded(.down))
    // In two factors: a power of ten below -308 is none.
    let half = power / 2
    var digits = (magnitude / pow(10, Double(half)) / pow(10, Double(power - half)) * 100).rounded() / 100
    if digits >= 10 { (digits, power) = (digits / 10, power + 1) }
    return (value < 0 ? "-" : "") + trimmed(digits, to: 2) + "e\(power)"
  }

  /// A number with three significant digits, with a power of ten when it is below 0.01 or from 10,000 on.
  static func threeDigits(_ value: Double) -> String {
    guard abs(value) >= 0.01, abs(value) < 9999.5 else { return exponential(value) }
    // 9.996 has three digits before its rounding and four after it: 10.0.
    for decimals in [4, 3, 2, 1, 0] where abs(value) + 0.5 * pow(10, -Double(decimals)) < pow(10, 3 - Double(decimals))
    {
      return rounded(value, to: decimals)
    }
    return rounded(value, to: 0)
  }

  /// A number rounded to at most some decimals, without zeros at its end.
  static func trimmed(_ value: Double, to decimals: Int) -> String {
    var text = rounded(value, to: decimals)
    guard text.contains(".") else { return text }
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text == "-0" ? "0" : text
  }

  private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  private static func text(_ value: Double, _ decimals: Int, _ rule: FloatingPointRoundingRule) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (value * scale).rounded(rule)
    guard value.isFinite, abs(scaled) < 9e18 else { return "\(value)" }
    let digits = String(Int(scaled).magnitude)
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let sign = scaled < 0 ? "-" : ""
    return decimals == 0 ? sign + padded : sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }
}
