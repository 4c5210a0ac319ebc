internal import Foundation

/// An axis: which numbers it covers, where they are on it, and which of them are marked.
struct AxisScale: Sendable {
  /// A number that is marked.
  struct Tick: Hashable, Sendable {
    let value: Double
    let label: String
  }

  /// The numbers at its two ends, or their decimal logarithms on a logarithmic axis.
  let ends: ClosedRange<Double>
  let isLogarithmic: Bool
  let ticks: [Tick]

  /// An axis for some numbers.
  ///
  /// - Parameters:
  ///   - values: What it has to cover; numbers that are not finite, and on a logarithmic axis those that are not above 0, do
  ///     not count. Without any that do it goes from 0 to 1, or from 1 to 10.
  ///   - isLogarithmic: Whether equal distances are equal ratios.
  ///   - endsAtTicks: Whether it goes on to the next marked numbers.
  ///   - tickCount: About how many numbers are marked.
  init(covering values: [Double], isLogarithmic: Bool = false, endsAtTicks: Bool = true, tickCount: Int = 6) {
    self.isLogarithmic = isLogarithmic
    let places = values.compactMap { AxisScale.place($0, isLogarithmic) }
    var (low, high) = (places.min() ?? 0, places.max() ?? 1)
    if low == high {
      let margin = isLogarithmic || low == 0 ? 0.5 : abs(low) / 2
      (low, high) = (low - margin, high + margin)
    }
    if isLogarithmic, endsAtTicks, high - low <= 2 {
      // Few powers of ten: 2 and 5 times them are marked too.
      ticks = AxisScale.fineTicks(low, high)
      ends = log10(ticks[0].value)...log10(ticks[ticks.count - 1].value)
      return
    }
    let step = AxisScale.step(low, high, tickCount, isWhole: isLogarithmic)
    // A multiple of the step may miss an end by a rounding.
    let slack = endsAtTicks ? 1e-9 : -1e-9
    let (below, above) = (low / step + slack, high / step - slack)
    let first = Int(below.rounded(endsAtTicks ? .down : .up))
    let last = Int(above.rounded(endsAtTicks ? .up : .down))
    if endsAtTicks { (low, high) = (Double(first) * step, Double(last) * step) }
    ends = low...high
    ticks = (first..<max(first, last + 1)).map { index in
      let place = Double(index) * step
      return isLogarithmic
        ? Tick(value: pow(10, place), label: AxisScale.powerLabel(Int(place.rounded())))
        : Tick(value: place, label: AxisScale.label(index, times: step))
    }
  }

  /// Where a number is between the two ends, from 0 to 1 and beyond; nil when it has no place.
  func share(_ value: Double) -> Double? {
    AxisScale.place(value, isLogarithmic).map { ($0 - ends.lowerBound) / (ends.upperBound - ends.lowerBound) }
  }

  private static func place(_ value: Double, _ isLogarithmic: Bool) -> Double? {
    guard value.isFinite, !isLogarithmic || value > 0 else { return nil }
    // Differences of numbers of this size have to be finite too.
    return isLogarithmic ? log10(value) : min(max(value, -1e300), 1e300)
  }

  /// 1, 2 and 5 times powers of ten, from the last one that is not above 10^low to the first that is not below 10^high.
  private static func fineTicks(_ low: Double, _ high: Double) -> [Tick] {
    let powers = Int(low.rounded(.down)) - 1...Int(high.rounded(.up)) + 1
    let ticks = powers.flatMap { power in
      [1, 2, 5].map { digit in
        // A quotient of whole numbers is nearer than a product with a power below 1.
        let value = power < 0 ? digit / pow(10, Double(-power)) : digit * pow(10, Double(power))
        let isPlain = (-3...4).contains(power)
        return Tick(
          value: value,
          label: isPlain ? Decimals.rounded(value, to: max(0, -power)) : Decimals.exponential(value))
      }
    }
    let first = ticks.lastIndex { log10($0.value) <= low + 1e-9 } ?? 0
    let last = ticks.firstIndex { log10($0.value) >= high - 1e-9 } ?? ticks.count - 1
    return Array(ticks[first...max(last, first + 1)])
  }

  /// 1, 2 or 5 times a power of ten, so that there are about `count` steps.
  private static func step(_ low: Double, _ high: Double, _ count: Int, isWhole: Bool) -> Double {
    let rough = (high - low) / Double(count)
    let power = pow(10, log10(rough).rounded(.down))
    let factors: [Double] = [1, 2, 5, 10]
    let step = (factors.first { $0 * power >= rough * 0.999 } ?? 10) * power
    return isWhole ? max(step.rounded(), 1) : step
  }

  /// `index` times a step of one digit, without the roundings of the product.
  private static func label(_ index: Int, times step: Double) -> String {
    let value = Double(index) * step
    if index == 0 { return "0" }
    if abs(value) >= 1e6 || step < 1e-4 { return Decimals.exponential(value) }
    return Decimals.rounded(value, to: max(0, -Int((log10(step) + 1e-9).rounded(.down))))
  }

  /// Ten to a whole power.
  private static func powerLabel(_ power: Int) -> String {
    switch power {
    case 0...4: "1" + String(repeating: "0", count: power)
    case -3..<0: "0." + String(repeating: "0", count: -power - 1) + "1"
    default: "1e\(power)"
    }
  }
}
