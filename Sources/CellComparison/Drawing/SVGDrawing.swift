/// A drawing as Scalable Vector Graphics: text that any browser shows, in a page or as a file of its own.
///
/// It has a title and a description for those who cannot see it, needs no script and no network, and shows dark on light or
/// light on dark as the reader's system asks for.
public struct SVGDrawing: Sendable {
  /// The width in pixels.
  public let width: Double
  /// The height in pixels.
  public let height: Double
  /// What it shows, in a few words.
  public let title: String
  /// What it shows, in full sentences, for those who cannot see it.
  public let summary: String
  /// The elements, in the order in which they are drawn.
  private(set) var elements: [String] = []

  init(width: Double, height: Double, title: String, summary: String) {
    self.width = width
    self.height = height
    self.title = title
    self.summary = summary
  }

  /// The rules for colours and letters of all drawings, for a style sheet; they hold for nothing else in a page.
  public static var styleSheet: String { Palette.styleSheet }

  /// The `svg` element, to stand in a page that has `styleSheet` among its style sheets.
  public var element: String { element(style: "") }

  /// The drawing as the text of a file, with its style sheet inside.
  public var file: String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + element(style: "<style>\(Self.styleSheet)</style>\n") + "\n"
  }

  private func element(style: String) -> String {
    let (width, height) = (XMLText.number(width), XMLText.number(height))
    return """
      <svg xmlns="http://www.w3.org/2000/svg" class="tapestry" role="img" viewBox="0 0 \(width) \(height)" \
      width="\(width)" height="\(height)">
      <title>\(XMLText.escaped(title))</title>
      <desc>\(XMLText.escaped(summary))</desc>
      \(style)<rect class="paper" width="\(width)" height="\(height)"/>
      \(elements.joined(separator: "\n"))
      </svg>
      """
  }

  /// Drawings beside each other, their upper edges level, as one.
  public static func row(_ drawings: [SVGDrawing], title: String, summary: String) -> SVGDrawing {
    var row = SVGDrawing(
      width: drawings.map(\.width).reduce(0, +), height: drawings.map(\.height).max() ?? 0, title: title,
      summary: summary)
    var x = 0.0
    for drawing in drawings {
      row.elements.append("<g transform=\"translate(\(XMLText.number(x)) 0)\">")
      row.elements += drawing.elements
      row.elements.append("</g>")
      x += drawing.width
    }
    return row
  }

  // MARK: Elements

  /// Where a text stands beside its point.
  enum Anchor: String {
    case start, middle, end
  }

  mutating func text(
    _ text: String, x: Double, y: Double, anchor: Anchor = .start, class name: String? = nil, turned: Bool = false
  ) {
    let (x, y) = (XMLText.number(x), XMLText.number(y))
    let anchoring = anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\""
    let turning = turned ? " transform=\"rotate(-90 \(x) \(y))\"" : ""
    elements.append(
      "<text x=\"\(x)\" y=\"\(y)\"\(anchoring)\(attribute("class", name))\(turning)>\(XMLText.escaped(text))</text>")
  }

  mutating func line(from start: Point, to end: Point, class name: String) {
    elements.append(
      "<line x1=\"\(XMLText.number(start.x))\" y1=\"\(XMLText.number(start.y))\" x2=\"\(XMLText.number(end.x))\" "
        + "y2=\"\(XMLText.number(end.y))\" class=\"\(name)\"/>")
  }

  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, class name: String? = nil, fill: String? = nil
  ) {
    elements.append(
      "<rect x=\"\(XMLText.number(x))\" y=\"\(XMLText.number(y))\" width=\"\(XMLText.number(width))\" "
        + "height=\"\(XMLText.number(height))\"\(attribute("class", name))\(attribute("fill", fill))/>")
  }

  mutating func circle(_ centre: Point, radius: Double, class name: String) {
    elements.append(
      "<circle cx=\"\(XMLText.number(centre.x))\" cy=\"\(XMLText.number(centre.y))\" "
        + "r=\"\(XMLText.number(radius))\" class=\"\(name)\"/>")
  }

  /// A path from its data; `transform` moves and stretches it.
  mutating func path(_ data: String, class name: String? = nil, fill: String? = nil, transform: String? = nil) {
    elements.append(
      "<path d=\"\(data)\"\(attribute("class", name))\(attribute("fill", fill))\(attribute("transform", transform))/>")
  }

  /// An open line through points, or a closed surface.
  mutating func path(_ points: [Point], isClosed: Bool = false, class name: String) {
    path(
      "M" + points.map { "\(XMLText.number($0.x)) \(XMLText.number($0.y))" }.joined(separator: "L")
        + (isClosed ? "Z" : ""), class: name)
  }

  private func attribute(_ name: String, _ value: String?) -> String {
    value.map { " \(name)=\"\($0)\"" } ?? ""
  }

  /// A place in a drawing, x to the right and y downwards, in pixels.
  struct Point: Hashable, Sendable {
    var x, y: Double

    init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// About how wide a text is, in pixels: sizes of letters differ between readers' fonts.
  static func width(of text: String) -> Double { 6.6 * Double(text.count) }
}
