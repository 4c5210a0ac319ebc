/// The rectangle between a plot's axes.
struct Frame: Sendable {
  let left, top, width, height: Double

  var right: Double { left + width }
  var bottom: Double { top + height }

  /// Where shares of the two axes are; nil when one is missing.
  func place(_ x: Double?, _ y: Double?) -> SVGDrawing.Point? {
    guard let x, let y else { return nil }
    return .init(left + x * width, bottom - y * height)
  }

  /// Draws the title, the axes with their marks, and what is along them.
  func draw(
    on drawing: inout SVGDrawing, title: String, x: AxisScale?, y: AxisScale?, xLabel: String, yLabel: String
  ) {
    drawing.text(title, x: left, y: top - 16, class: "title")
    for tick in x?.ticks ?? [] {
      guard let place = place(x?.share(tick.value), 0) else { continue }
      drawing.line(from: .init(place.x, top), to: place, class: "grid")
      drawing.text(tick.label, x: place.x, y: bottom + 16, anchor: .middle, class: "soft")
    }
    for tick in y?.ticks ?? [] {
      guard let place = place(0, y?.share(tick.value)) else { continue }
      drawing.line(from: place, to: .init(right, place.y), class: "grid")
      drawing.text(tick.label, x: left - 6, y: place.y + 4, anchor: .end, class: "soft")
    }
    drawing.path([.init(left, top), .init(left, bottom), .init(right, bottom)], class: "axis")
    drawing.text(xLabel, x: left + width / 2, y: bottom + 38, anchor: .middle)
    if yLabel.isEmpty { return }
    drawing.text(yLabel, x: left - 56, y: top + height / 2, anchor: .middle, turned: true)
  }
}
