public import DenseArrays

/// Numbers of units over time as colours: the gates of a cell through a sequence.
public struct HeatMap: Sendable {
  /// What is drawn.
  public var title: String
  /// The numbers, [time, units].
  public var values: DenseArray
  /// What is along the horizontal axis.
  public var timeLabel: String
  /// What is along the vertical axis.
  public var unitLabel: String

  /// A heat map; values of another rank than 2 stop.
  public init(title: String, values: DenseArray, timeLabel: String = "step", unitLabel: String = "unit") {
    guard values.shape.rank == 2 else {
      stop("HeatMap \"\(title)\": values of shape \(values.shape); expected [time, units]")
    }
    self.title = title
    self.values = values
    self.timeLabel = timeLabel
    self.unitLabel = unitLabel
  }

  /// The map as a drawing: steps to the right, units downwards, from 0, and the colours' numbers to the right.
  ///
  /// Numbers between 0 and 1 have the colours from dark to light; others have two colours, for below and above 0. One
  /// that is not finite has none.
  public var drawing: SVGDrawing {
    let (time, units) = (values.shape[0], values.shape[1])
    let elements = values.elements
    let scale = ColourScale(covering: elements)
    let missing = elements.count { !$0.isFinite }
    // Whole pixels, so that neighbouring squares meet.
    let cellWidth = Double(min(max(480 / max(time, 1), 1), 24))
    let cellHeight = Double(min(max(240 / max(units, 1), 2), 16))
    let frame = Frame(left: 56, top: 36, width: Double(time) * cellWidth, height: Double(units) * cellHeight)
    var drawing = SVGDrawing(
      width: max(frame.right + 96, frame.left + 1.2 * SVGDrawing.width(of: title)), height: frame.bottom + 52,
      title: title,
      summary:
        "\(units) units over \(time) steps as colours from \(Decimals.threeDigits(scale.lower)) to \(Decimals.threeDigits(scale.upper))."
        + (missing == 0
          ? ""
          : missing == 1
            ? " 1 number that is not finite has no colour." : " \(missing) numbers that are not finite have no colour.")
    )
    frame.draw(on: &drawing, title: title, x: nil, y: nil, xLabel: timeLabel, yLabel: "")
    drawing.text(
      unitLabel, x: frame.left - 36, y: frame.top + frame.height / 2, anchor: .middle, turned: true)
    guard time > 0, units > 0 else {
      drawing.text("nothing to draw", x: frame.left + 8, y: frame.top + 4, class: "soft")
      return drawing
    }
    let transform =
      "translate(\(XMLText.number(frame.left)) \(XMLText.number(frame.top)))"
      + "scale(\(XMLText.number(cellWidth)) \(XMLText.number(cellHeight)))"
    for (level, data) in cells(elements, time, units, scale) {
      drawing.path(data, class: "cells", fill: scale.colour(level), transform: transform)
    }
    for step in marks(time) {
      drawing.text(
        "\(step)", x: frame.left + (Double(step) + 0.5) * cellWidth, y: frame.bottom + 16,
        anchor: .middle, class: "soft")
    }
    for unit in marks(units) {
      drawing.text(
        "\(unit)", x: frame.left - 6, y: frame.top + (Double(unit) + 0.5) * cellHeight + 4,
        anchor: .end, class: "soft")
    }
    drawScale(scale, frame, on: &drawing)
    return drawing
  }

  /// For each colour the squares that have it, as one path of squares of size 1; neighbours in time are one rectangle.
  private func cells(
    _ elements: [Double], _ time: Int, _ units: Int, _ scale: ColourScale
  ) -> [(level: Int, data: String)] {
    var paths = [String](repeating: "", count: ColourScale.levels)
    for unit in 0..<units {
      var step = 0
      while step < time {
        let level = scale.level(elements[step * units + unit])
        var end = step + 1
        while end < time, scale.level(elements[end * units + unit]) == level { end += 1 }
        if let level { paths[level] += "M\(step) \(unit)h\(end - step)v1h-\(end - step)z" }
        step = end
      }
    }
    return paths.enumerated().filter { !$0.element.isEmpty }.map { ($0.offset, $0.element) }
  }

  /// Whole numbers below `count` to be marked: the multiples of 1, 2 or 5 times a power of ten, at most six of them.
  private func marks(_ count: Int) -> [Int] {
    var (digit, power) = (1, 1)
    while (count - 1) / (digit * power) > 5 {
      switch digit {
      case 1: digit = 2
      case 2: digit = 5
      default: (digit, power) = (1, 10 * power)
      }
    }
    return Array(stride(from: 0, to: count, by: digit * power))
  }

  private func drawScale(_ scale: ColourScale, _ frame: Frame, on drawing: inout SVGDrawing) {
    let height = frame.height / Double(ColourScale.levels)
    for level in 0..<ColourScale.levels {
      drawing.rectangle(
        x: frame.right + 16, y: frame.bottom - Double(level + 1) * height, width: 12, height: height + 0.5,
        fill: scale.colour(level))
    }
    for (value, share) in [(scale.lower, 0.0), (scale.lower / 2 + scale.upper / 2, 0.5), (scale.upper, 1)] {
      drawing.text(
        Decimals.threeDigits(value), x: frame.right + 34, y: frame.bottom - share * frame.height + 4, class: "soft")
    }
  }
}
