/// The two axes of a plot, and lines over them.
struct Axes {
  let frame: Frame
  let x, y: AxisScale
  /// Whether equal distances on the vertical axis are equal ratios.
  let isLogarithmic: Bool

  private func place(_ point: LinePlot.Point, _ value: Double) -> SVGDrawing.Point? {
    frame.place(x.share(point.x), y.share(value))
  }

  /// The points that have a place, in parts that nothing interrupts.
  private func parts(of points: [LinePlot.Point]) -> [ArraySlice<LinePlot.Point>] {
    points.split { place($0, $0.y) == nil }
  }

  /// Draws a line through points; a single one is a dot.
  func draw(_ points: [LinePlot.Point], _ line: String, dot: String? = nil, on drawing: inout SVGDrawing) {
    for part in parts(of: points) {
      let places = part.compactMap { place($0, $0.y) }
      if places.count > 1 {
        drawing.path(places, class: line)
      } else if let dot {
        drawing.circle(places[0], radius: 2.5, class: dot)
      }
    }
  }

  /// Draws the surface between the ends of the points' intervals.
  func drawBand(_ points: [LinePlot.Point], _ name: String, on drawing: inout SVGDrawing) {
    for part in parts(of: points) {
      for run in part.split(whereSeparator: { $0.interval == nil }) where run.count > 1 {
        // On a logarithmic axis an interval that reaches down to 0 ends at the axis.
        let floor = isLogarithmic ? frame.bottom : nil
        let upper = run.compactMap { point in point.interval.flatMap { place(point, $0.upperBound) } }
        let lower = run.compactMap { point in
          point.interval.flatMap { interval in
            place(point, interval.lowerBound)
              ?? floor.flatMap { floor in place(point, point.y).map { .init($0.x, floor) } }
          }
        }
        drawing.path(upper + lower.reversed(), isClosed: true, class: name)
      }
    }
  }

  /// Draws a dot, where the point has a place.
  func drawDot(_ point: LinePlot.Point, radius: Double, _ name: String, on drawing: inout SVGDrawing) {
    if let place = place(point, point.y) { drawing.circle(place, radius: radius, class: name) }
  }
}
