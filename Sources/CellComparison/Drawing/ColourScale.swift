/// Colours for numbers: from `lower` to `upper` in a fixed number of levels.
struct ColourScale: Hashable, Sendable {
  /// The number of different colours.
  static let levels = 64

  let lower: Double
  let upper: Double
  /// Whether colours run from one through a neutral middle to another one.
  let isDiverging: Bool

  /// The scale for some numbers: 0 to 1 when all of them are in there, else as far below 0 as above it.
  ///
  /// Numbers that are not finite do not count.
  init(covering values: [Double]) {
    let finite = values.filter(\.isFinite)
    let largest = finite.map(abs).max() ?? 0
    isDiverging = finite.contains { $0 < 0 } || largest > 1
    lower = isDiverging ? -largest : 0
    upper = isDiverging ? largest : 1
  }

  /// The level of a number, 0 ..< `levels`; nil when it is not finite.
  func level(_ value: Double) -> Int? {
    guard value.isFinite else { return nil }
    // Halves first: the distance of the two ends may be too large to be counted.
    let share = (value / 2 - lower / 2) / (upper / 2 - lower / 2)
    return min(max(Int(share * Double(Self.levels)), 0), Self.levels - 1)
  }

  /// The colour of a level as #rrggbb.
  func colour(_ level: Int) -> String {
    let stops = isDiverging ? Self.diverging : Self.sequential
    let place = Double(level) / Double(Self.levels - 1) * Double(stops.count - 1)
    let index = min(Int(place), stops.count - 2)
    let share = place - Double(index)
    let channels = zip(stops[index], stops[index + 1]).map { Int(($0 + share * ($1 - $0)).rounded()) }
    return "#" + channels.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// From dark violet over green to yellow, of even steps in lightness.
  private static let sequential: [[Double]] = [
    [68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37],
  ]
  /// From blue over near white to red.
  private static let diverging: [[Double]] = [
    [33, 102, 172], [146, 197, 222], [247, 247, 247], [244, 165, 130], [178, 24, 43],
  ]
}
