/// Lines over a common axis: learning curves, norms of gradients over time.
///
///     var plot = LinePlot(title: "Loss", xLabel: "step", yLabel: "loss", isLogarithmic: true)
///     plot.series.append(.init(name: "gru", points: [.init(x: 0, y: 1.2), .init(x: 100, y: 0.3)]))
///     plot.drawing.file
///
/// A point that is not finite, and on a logarithmic axis one that is not above 0, interrupts its line; the drawing says how
/// many there were.
public struct LinePlot: Sendable {
  /// A point of a line.
  public struct Point: Hashable, Sendable {
    /// Along the horizontal axis.
    public var x: Double
    /// Along the vertical axis.
    public var y: Double
    /// The ends of the interval around y, if there is one.
    public var interval: ClosedRange<Double>?

    public init(x: Double, y: Double, interval: ClosedRange<Double>? = nil) {
      self.x = x
      self.y = y
      self.interval = interval
    }
  }

  /// A line and its name.
  public struct Series: Sendable {
    /// What the legend calls it.
    public var name: String
    /// Its points in the order of drawing. Intervals of points that follow each other make a band.
    public var points: [Point]

    public init(name: String, points: [Point]) {
      self.name = name
      self.points = points
    }
  }

  /// What is drawn.
  public var title: String
  /// What is along the horizontal axis, with its unit.
  public var xLabel: String
  /// What is along the vertical axis, with its unit.
  public var yLabel: String
  /// Whether equal distances on the vertical axis are equal ratios.
  public var isLogarithmic: Bool
  /// The lines.
  public var series: [Series]

  public init(title: String, xLabel: String, yLabel: String, isLogarithmic: Bool = false, series: [Series] = []) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.isLogarithmic = isLogarithmic
    self.series = series
  }

  /// The plot as a drawing: 480 x 280 pixels between the axes, the legend to their right.
  public var drawing: SVGDrawing {
    let points = series.flatMap(\.points)
    let x = AxisScale(covering: points.map(\.x), endsAtTicks: false)
    let y = AxisScale(
      covering: points.flatMap { [$0.y] + ($0.interval.map { [$0.lowerBound, $0.upperBound] } ?? []) },
      isLogarithmic: isLogarithmic)
    let missing = points.count { x.share($0.x) == nil || y.share($0.y) == nil }
    let nameWidth = series.map { SVGDrawing.width(of: $0.name) }.max() ?? 0
    let frame = Frame(left: 72, top: 36, width: 480, height: 280)
    var drawing = SVGDrawing(
      width: frame.right + 48 + nameWidth, height: max(frame.bottom + 52, frame.top + 18 * Double(series.count) + 16),
      title: title, summary: summary(missing: missing))
    frame.draw(on: &drawing, title: title, x: x, y: y, xLabel: xLabel, yLabel: yLabel)
    if missing == points.count {
      drawing.text("nothing to draw", x: frame.left + 240, y: frame.top + 140, anchor: .middle, class: "soft")
    }
    for (index, line) in series.enumerated() {
      for part in parts(of: line.points, x, y) { draw(part, index, frame, x, y, on: &drawing) }
    }
    for (index, line) in series.enumerated() {
      let row = frame.top + 18 * Double(index) + 6
      drawing.line(
        from: .init(frame.right + 12, row), to: .init(frame.right + 34, row), class: Palette.line(index))
      drawing.text(line.name, x: frame.right + 40, y: row + 4)
    }
    return drawing
  }

  private func summary(missing: Int) -> String {
    let names = series.isEmpty ? "no lines" : series.map(\.name).joined(separator: ", ")
    let reason = isLogarithmic ? "not finite or not above 0" : "not finite"
    return "\(yLabel)\(isLogarithmic ? ", logarithmic," : "") over \(xLabel): \(names)."
      + (missing == 0 ? "" : " \(missing) \(missing == 1 ? "point is" : "points are") left out: \(reason).")
  }

  /// The points that have a place, in parts that nothing interrupts.
  private func parts(of points: [Point], _ x: AxisScale, _ y: AxisScale) -> [[Point]] {
    points.split { x.share($0.x) == nil || y.share($0.y) == nil }.map(Array.init)
  }

  private func draw(
    _ part: [Point], _ index: Int, _ frame: Frame, _ x: AxisScale, _ y: AxisScale, on drawing: inout SVGDrawing
  ) {
    func place(_ point: Point, _ value: Double) -> SVGDrawing.Point? { frame.place(x.share(point.x), y.share(value)) }
    let banded = part.split { $0.interval == nil }
    for run in banded where run.count > 1 {
      // On a logarithmic axis an interval that reaches down to 0 ends at the axis.
      let floor = isLogarithmic ? frame.bottom : nil
      let upper = run.compactMap { point in point.interval.flatMap { place(point, $0.upperBound) } }
      let lower = run.compactMap { point in
        point.interval.flatMap { interval in
          place(point, interval.lowerBound)
            ?? floor.flatMap { floor in place(point, point.y).map { .init($0.x, floor) } }
        }
      }
      drawing.path(upper + lower.reversed(), isClosed: true, class: "band \(Palette.fill(index))")
    }
    let places = part.compactMap { place($0, $0.y) }
    if places.count == 1 {
      drawing.circle(places[0], radius: 2.5, class: Palette.fill(index))
    } else {
      drawing.path(places, class: Palette.line(index))
    }
  }
}
