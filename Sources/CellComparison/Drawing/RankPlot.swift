/// Ranks with their intervals, a row each, the best at the top.
public struct RankPlot: Sendable {
  /// Something that was ranked.
  public struct Row: Sendable {
    /// What it is called.
    public var name: String
    /// Its mean rank, 1 for the best.
    public var mean: Double
    /// The interval around the mean rank, if there is one.
    public var interval: ClosedRange<Double>?

    public init(name: String, mean: Double, interval: ClosedRange<Double>? = nil) {
      self.name = name
      self.mean = mean
      self.interval = interval
    }
  }

  /// What is drawn.
  public var title: String
  /// What is along the axis.
  public var label: String
  /// The rows in any order.
  public var rows: [Row]

  public init(title: String, label: String = "mean rank", rows: [Row]) {
    self.title = title
    self.label = label
    self.rows = rows
  }

  /// The plot as a drawing: 20 pixels a row, 400 pixels along the axis; a rank that is not finite stands at the end, without
  /// a mark.
  public var drawing: SVGDrawing {
    let sorted = rows.enumerated().sorted { first, second in
      let (a, b) = (first.element.mean, second.element.mean)
      // Equal ranks, and those that are none, stay in the order in which they came.
      if a < b || (a.isFinite && !b.isFinite) { return true }
      return (a == b || a.isFinite == b.isFinite && !a.isFinite) && first.offset < second.offset
    }.map(\.element)
    let scale = AxisScale(
      covering: sorted.flatMap { [$0.mean] + ($0.interval.map { [$0.lowerBound, $0.upperBound] } ?? []) })
    let nameWidth = rows.map { SVGDrawing.width(of: $0.name) }.max() ?? 0
    let frame = Frame(left: nameWidth + 24, top: 36, width: 400, height: 20 * Double(max(rows.count, 1)))
    let best = sorted.first.map { ", \($0.name) first" } ?? ": nothing was ranked"
    var drawing = SVGDrawing(
      width: frame.right + 24, height: frame.bottom + 52, title: title,
      summary: "\(label) of \(rows.count), with intervals\(best).")
    frame.draw(on: &drawing, title: title, x: scale, y: nil, xLabel: label, yLabel: "")
    for (index, row) in sorted.enumerated() {
      let y = frame.top + 20 * Double(index) + 10
      drawing.text(row.name, x: frame.left - 8, y: y + 4, anchor: .end)
      guard let mean = scale.share(row.mean) else { continue }
      if let interval = row.interval, let lower = scale.share(interval.lowerBound),
        let upper = scale.share(interval.upperBound)
      {
        drawing.line(
          from: .init(frame.left + lower * frame.width, y), to: .init(frame.left + upper * frame.width, y),
          class: Palette.line(0))
      }
      drawing.circle(.init(frame.left + mean * frame.width, y), radius: 4, class: Palette.fill(0))
    }
    return drawing
  }
}
