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
    /// Lines that it sums up, such as those of single seeds: drawn thin, in its colour.
    public var members: [[Point]]
    /// Points of another kind, such as the value of a test: drawn as dots, in its colour.
    public var marks: [Point]
    /// Whether it is one of many: drawn grey, below the others, and counted in the legend instead of named.
    public var isFaint: Bool

    public init(
      name: String, points: [Point], members: [[Point]] = [], marks: [Point] = [], isFaint: Bool = false
    ) {
      self.name = name
      self.points = points
      self.members = members
      self.marks = marks
      self.isFaint = isFaint
    }

    fileprivate var allPoints: [Point] { points + members.flatMap(\.self) + marks }
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
  /// Whether the lines' names stand to the right.
  public var hasLegend: Bool = true

  public init(title: String, xLabel: String, yLabel: String, isLogarithmic: Bool = false, series: [Series] = []) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.isLogarithmic = isLogarithmic
    self.series = series
  }

  /// The plot as a drawing: 480 x 280 pixels between the axes, the legend to their right.
  public var drawing: SVGDrawing {
    let points = series.flatMap(\.allPoints)
    let x = AxisScale(covering: points.map(\.x), endsAtTicks: false)
    let y = AxisScale(
      covering: points.flatMap { [$0.y] + ($0.interval.map { [$0.lowerBound, $0.upperBound] } ?? []) },
      isLogarithmic: isLogarithmic)
    let missing = points.count { x.share($0.x) == nil || y.share($0.y) == nil }
    let frame = Frame(left: 72, top: 36, width: 480, height: 280)
    let legend = hasLegend ? legend : []
    let nameWidth = legend.map { SVGDrawing.width(of: $0.name) }.max()
    var drawing = SVGDrawing(
      width: frame.right + (nameWidth.map { $0 + 48 } ?? 24),
      height: max(frame.bottom + 52, frame.top + 18 * Double(legend.count) + 16), title: title,
      summary: summary(missing: missing))
    frame.draw(on: &drawing, title: title, x: x, y: y, xLabel: xLabel, yLabel: yLabel)
    if missing == points.count {
      drawing.text("nothing to draw", x: frame.left + 240, y: frame.top + 140, anchor: .middle, class: "soft")
    }
    let axes = Axes(frame: frame, x: x, y: y, isLogarithmic: isLogarithmic)
    for line in series where line.isFaint { axes.draw(line.points, "line faint", on: &drawing) }
    for (index, line) in named.enumerated() {
      for member in line.members { axes.draw(member, Palette.line(index) + " thin", on: &drawing) }
    }
    for (index, line) in named.enumerated() {
      axes.drawBand(line.points, "band \(Palette.fill(index))", on: &drawing)
      axes.draw(line.points, Palette.line(index), dot: Palette.fill(index), on: &drawing)
    }
    for (index, line) in named.enumerated() {
      for mark in line.marks { axes.drawDot(mark, radius: 4, Palette.fill(index), on: &drawing) }
    }
    for (index, line) in legend.enumerated() {
      let row = frame.top + 18 * Double(index) + 6
      drawing.line(from: .init(frame.right + 12, row), to: .init(frame.right + 34, row), class: line.class)
      drawing.text(line.name, x: frame.right + 40, y: row + 4)
    }
    return drawing
  }

  private var named: [Series] { series.filter { !$0.isFaint } }

  /// The names of the lines, and how many have none.
  private var legend: [(name: String, class: String)] {
    let names = named.enumerated().map { ($1.name, Palette.line($0)) }
    let faint = series.count - names.count
    return faint == 0 ? names : names + [("\(faint) others", "line faint")]
  }

  private func summary(missing: Int) -> String {
    let names = series.isEmpty ? "no lines" : legend.map(\.name).joined(separator: ", ")
    let reason = isLogarithmic ? "not finite or not above 0" : "not finite"
    return "\(yLabel)\(isLogarithmic ? ", logarithmic," : "") over \(xLabel): \(names)."
      + (missing == 0 ? "" : " \(missing) \(missing == 1 ? "point is" : "points are") left out: \(reason).")
  }
}
