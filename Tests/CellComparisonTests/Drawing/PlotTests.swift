import DenseArrays
import Foundation
import Testing

@testable import CellComparison

@Suite("Plots")
struct PlotTests {
  @Test("a line goes through its points: 480 x 280 pixels from (72, 36)")
  func line() {
    let plot = LinePlot(
      title: "t", xLabel: "x", yLabel: "y",
      series: [.init(name: "a", points: [.init(x: 0, y: 0), .init(x: 5, y: 4), .init(x: 10, y: 5)])])
    let found = DrawingParser(plot.drawing.file)
    #expect(found.problem == nil)
    // The axes, then the line: 48 pixels a unit to the right, 56 upwards.
    #expect(found.values("d", of: "path") == ["M72 36L72 316L552 316", "M72 316L312 92L552 36"])
    #expect(found.values("class", of: "path") == ["axis", "line c0"])
    #expect(found.texts["title"] == ["t"])
    #expect(found.texts["desc"] == ["y over x: a."])
    #expect(
      found.texts["text"]
        == ["t", "0", "2", "4", "6", "8", "10", "0", "1", "2", "3", "4", "5", "x", "y", "a"])
  }

  @Test("intervals make a band, there along the upper ends and back along the lower ones")
  func band() {
    let plot = LinePlot(
      title: "t", xLabel: "x", yLabel: "y",
      series: [
        .init(
          name: "a",
          points: [
            .init(x: 0, y: 2, interval: 1...3), .init(x: 10, y: 4, interval: 3...5), .init(x: 20, y: 0),
          ])
      ])
    let found = DrawingParser(plot.drawing.file)
    // 24 pixels a unit to the right, 56 upwards.
    #expect(
      found.values("d", of: "path")
        == ["M72 36L72 316L552 316", "M72 148L312 36L312 148L72 260Z", "M72 204L312 92L552 316"])
    #expect(found.values("class", of: "path") == ["axis", "band f0", "line c0"])
  }

  @Test("points without a place interrupt a line, and the drawing says how many there are")
  func gaps() {
    let values: [Double] = [1, 10, .nan, 100, 0, 10, -1, .infinity, 1, 1]
    let plot = LinePlot(
      title: "t", xLabel: "x", yLabel: "y", isLogarithmic: true,
      series: [.init(name: "a", points: values.enumerated().map { .init(x: Double($0), y: $1) })])
    let found = DrawingParser(plot.drawing.file)
    #expect(found.problem == nil)
    // 480 / 9 pixels a step to the right, 140 a power of ten upwards; single points are dots.
    #expect(
      found.values("d", of: "path") == ["M72 36L72 316L552 316", "M72 316L125.33 176", "M498.67 316L552 316"])
    #expect(found.values("cx", of: "circle") == ["232", "338.67"])
    #expect(found.values("cy", of: "circle") == ["36", "176"])
    #expect(
      found.texts["desc"] == ["y, logarithmic, over x: a. 4 points are left out: not finite or not above 0."])
  }

  @Test("an interval that reaches down to 0 ends at the axis of a logarithmic plot")
  func bandToZero() {
    let plot = LinePlot(
      title: "t", xLabel: "x", yLabel: "y", isLogarithmic: true,
      series: [
        .init(name: "a", points: [.init(x: 0, y: 1, interval: 0...10), .init(x: 1, y: 1, interval: 1...10)])
      ])
    #expect(
      DrawingParser(plot.drawing.file).values("d", of: "path")
        == ["M72 36L72 316L552 316", "M72 36L552 36L552 316L72 316Z", "M72 316L552 316"])
  }

  @Test("nothing to draw is said", arguments: [[], [.init(name: "a", points: [])]] as [[LinePlot.Series]])
  func empty(series: [LinePlot.Series]) {
    let found = DrawingParser(LinePlot(title: "t", xLabel: "x", yLabel: "y", series: series).drawing.file)
    #expect(found.problem == nil)
    #expect(found.texts["text"]?.contains("nothing to draw") == true)
  }

  @Test("lines beyond the colours are dashed, so that no two of twenty-four look alike")
  func manyLines() {
    let plot = LinePlot(
      title: "t", xLabel: "x", yLabel: "y",
      series: (0..<24).map { .init(name: "\($0)", points: [.init(x: 0, y: 0), .init(x: 1, y: Double($0))]) })
    let found = DrawingParser(plot.drawing.file)
    #expect(Set(found.values("class", of: "path")).count == 25)
    // The legend fits: 24 rows of 18 pixels from 36 on.
    #expect(plot.drawing.height == 36 + 24 * 18 + 16)
  }

  @Test("text is escaped, and stays what it was")
  func escaping() {
    let text = "<a & \"b\" 'c'> ≤ 1\u{1}\u{FFFE} 🧵"
    let plot = LinePlot(
      title: text, xLabel: text, yLabel: text, series: [.init(name: text, points: [.init(x: 0, y: 0)])])
    let file = plot.drawing.file
    let found = DrawingParser(file)
    #expect(found.problem == nil)
    let expected = "<a & \"b\" 'c'> ≤ 1\u{FFFD}\u{FFFD} 🧵"
    #expect(found.texts["title"] == [expected])
    #expect(found.texts["text"]?.filter { $0 == expected }.count == 4)
    #expect(file.contains("&lt;a &amp; &quot;b&quot; &#39;c&#39;&gt; ≤ 1\u{FFFD}\u{FFFD} 🧵"))
  }

  @Test("the parser that these tests rely on refuses what is not well-formed")
  func strictness() {
    for text in ["<svg>", "<svg><g></svg>", "<svg a=\"<\"/>", "<svg>&</svg>", "<svg>\u{1}</svg>", ""] {
      #expect(DrawingParser(text).problem != nil, "\(text)")
    }
  }

  @Test("ranks are rows from the best to the worst, each a dot on its interval")
  func ranks() {
    let plot = RankPlot(
      title: "t",
      rows: [
        .init(name: "bb", mean: 3, interval: 2...4), .init(name: "a", mean: 1), .init(name: "c", mean: .nan),
      ])
    let found = DrawingParser(plot.drawing.file)
    #expect(found.problem == nil)
    // From 1 to 4 in steps of 0.5: the axis begins at 2 x 6.6 + 24 pixels and has 400.
    #expect(found.values("cx", of: "circle") == ["37.2", "303.87"])
    #expect(found.values("cy", of: "circle") == ["46", "66"])
    let intervals = found.elements.filter { $0.name == "line" && $0.attributes["class"] == "line c0" }
    #expect(
      intervals.map { [$0.attributes["x1"], $0.attributes["x2"], $0.attributes["y1"]] } == [["170.53", "437.2", "66"]])
    #expect(found.texts["text"]?.suffix(3) == ["a", "bb", "c"])
    #expect(found.texts["desc"] == ["mean rank of 3, with intervals, a first."])
  }

  @Test("no ranks", arguments: [0])
  func noRanks(count: Int) {
    let found = DrawingParser(RankPlot(title: "t", rows: []).drawing.file)
    #expect(found.problem == nil)
    #expect(found.values("cx", of: "circle").count == count)
  }

  @Test("a heat map has a rectangle for each run of one colour of a unit")
  func heatMap() {
    // Unit 0 is 0, 0, 1 and unit 1 is 1, 0.5, NaN over three steps.
    let values = DenseArray([[0, 1], [0, 0.5], [1, .nan]] as [[Double]])
    let found = DrawingParser(HeatMap(title: "gate", values: values).drawing.file)
    #expect(found.problem == nil)
    let cells = found.elements.filter { $0.attributes["class"] == "cells" }.map(\.attributes)
    // Level 0, level 32 of 64, level 63: the ends and nearly the middle of dark violet, green and yellow.
    #expect(cells.map { $0["d"] } == ["M0 0h2v1h-2z", "M1 1h1v1h-1z", "M2 0h1v1h-1zM0 1h1v1h-1z"])
    #expect(cells.map { $0["fill"] } == ["#440154", "#23938b", "#fde725"])
    #expect(cells.allSatisfy { $0["transform"] == "translate(56 36)scale(24 16)" })
    #expect(
      found.texts["desc"]
        == ["2 units over 3 steps as colours from 0 to 1.00. 1 number that is not finite has no colour."])
  }

  @Test("numbers below 0 or above 1 have two colours, as far below 0 as above it")
  func diverging() {
    let scale = ColourScale(covering: [-2, 1, .infinity, .nan])
    #expect(scale.lower == -2 && scale.upper == 2 && scale.isDiverging)
    #expect(scale.level(-2) == 0 && scale.level(2) == 63 && scale.level(0) == 32)
    #expect(scale.level(-5) == 0 && scale.level(.nan) == nil && scale.level(.infinity) == nil)
    #expect(scale.colour(0) == "#2166ac" && scale.colour(63) == "#b2182b")
    let large = ColourScale(covering: [-.greatestFiniteMagnitude, .greatestFiniteMagnitude])
    #expect(large.level(0) == 32 && large.level(.greatestFiniteMagnitude) == 63)
    #expect(!ColourScale(covering: []).isDiverging && ColourScale(covering: [.nan]).upper == 1)
  }

  @Test("a heat map of nothing, of long times and of many units", arguments: [[0, 3], [3, 0], [2000, 1], [1, 500]])
  func heatMapSizes(shape: [Int]) {
    let drawing = HeatMap(title: "gate", values: DenseArray(zeros: Shape(shape))).drawing
    let found = DrawingParser(drawing.file)
    #expect(found.problem == nil)
    #expect(found.elements.contains { $0.attributes["class"] == "cells" } == !shape.contains(0))
    #expect(drawing.width >= Double(shape[0]) && drawing.height >= Double(shape[1]))
  }

  @Test("drawings for dark ground have rules of their own, for drawings alone")
  func styles() {
    let sheet = SVGDrawing.styleSheet
    let parts = sheet.components(separatedBy: "@media(prefers-color-scheme:dark){")
    #expect(parts.count == 2)
    for part in parts {
      #expect(part.contains(".tapestry .paper{fill:"))
      let rules = part.split(separator: "}").filter { $0.contains("{") }
      #expect(rules.allSatisfy { $0.hasPrefix(".tapestry ") }, "\(rules)")
    }
    #expect(sheet.filter { $0 == "{" }.count == sheet.filter { $0 == "}" }.count)
  }
}
