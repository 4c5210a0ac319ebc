internal import DenseArrays
internal import Foundation

/// A finite automaton: its states as circles on a circle, its transitions as labelled arrows.
public struct AutomatonDrawing: Sendable {
  /// A state.
  public struct State: Sendable {
    /// What stands in its circle.
    public var label: String
    /// What stands below that, smaller.
    public var note: String
    /// Whether an arrow from nowhere leads to it.
    public var isStart: Bool
    /// Whether it has a second ring.
    public var isAccepting: Bool

    public init(label: String, note: String = "", isStart: Bool = false, isAccepting: Bool = false) {
      self.label = label
      self.note = note
      self.isStart = isStart
      self.isAccepting = isAccepting
    }
  }

  /// A transition.
  public struct Transition: Hashable, Sendable {
    /// The numbers of the states that it leads from and to.
    public var from, to: Int
    /// What stands beside the arrow; those of transitions between the same states stand together.
    public var label: String

    public init(from: Int, to: Int, label: String) {
      self.from = from
      self.to = to
      self.label = label
    }
  }

  /// What is drawn.
  public var title: String
  /// The states, drawn clockwise from the upper left.
  public var states: [State]
  /// The transitions, in any order.
  public var transitions: [Transition]

  /// A drawing; a transition from or to a state that does not exist stops.
  public init(title: String, states: [State], transitions: [Transition]) {
    for transition in transitions
    where !states.indices.contains(transition.from) || !states.indices.contains(transition.to) {
      stop(
        "AutomatonDrawing \"\(title)\": a transition from state \(transition.from) to \(transition.to) of \(states.count)"
      )
    }
    self.title = title
    self.states = states
    self.transitions = transitions
  }

  private static let stateRadius = 30.0

  /// The automaton as a drawing.
  public var drawing: SVGDrawing {
    let circle = states.count < 2 ? 0 : max(100, Double(states.count) * 32)
    let middle = SVGDrawing.Point(circle + 96, circle + 112)
    var drawing = SVGDrawing(
      width: max(2 * middle.x, 40 + 1.2 * SVGDrawing.width(of: title)), height: middle.y + circle + 88, title: title,
      summary: summary)
    drawing.text(title, x: 16, y: 24, class: "title")
    if states.isEmpty { drawing.text("no states", x: middle.x, y: middle.y, anchor: .middle, class: "soft") }
    let places = states.indices.map { index -> SVGDrawing.Point in
      let angle = 2 * Double.pi * Double(index) / Double(states.count) - 0.75 * Double.pi
      return .init(middle.x + circle * cos(angle), middle.y + circle * sin(angle))
    }
    var labels: [(text: String, place: SVGDrawing.Point)] = []
    for arrow in arrows {
      let curve =
        arrow.from == arrow.to
        ? loop(at: places[arrow.from], middle)
        : bend(from: places[arrow.from], to: places[arrow.to], by: arrow.hasReturn ? 22 : 0)
      draw(curve, on: &drawing)
      labels.append((arrow.labels.joined(separator: ", "), curve.label))
    }
    for (state, place) in zip(states, places) { draw(state, place, middle, on: &drawing) }
    // Above everything, on the ground's colour, so that no line goes through them.
    for (text, place) in labels {
      let width = SVGDrawing.width(of: text) + 4
      drawing.rectangle(x: place.x - width / 2, y: place.y - 7, width: width, height: 14, class: "paper")
      drawing.text(text, x: place.x, y: place.y + 4, anchor: .middle)
    }
    return drawing
  }

  private var summary: String {
    let lines = arrows.map { arrow in
      "\(name(arrow.from)) to \(name(arrow.to)): \(arrow.labels.joined(separator: ", "))"
    }
    let starts = states.indices.filter { states[$0].isStart }.map(name)
    return "\(states.count) states" + (starts.isEmpty ? "" : ", start \(starts.joined(separator: " and "))") + ". "
      + lines.joined(separator: "; ") + (lines.isEmpty ? "" : ".")
  }

  private func name(_ index: Int) -> String {
    states[index].note.isEmpty ? states[index].label : "\(states[index].note) (\(states[index].label))"
  }

  private struct Arrow {
    let from, to: Int
    var labels: [String]
    /// Whether there is one the other way too.
    var hasReturn: Bool
  }

  /// The transitions, those between the same states together, in the order of the states.
  private var arrows: [Arrow] {
    var labels: [[Int]: [String]] = [:]
    for transition in transitions { labels[[transition.from, transition.to], default: []].append(transition.label) }
    return labels.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ends, labels in
      Arrow(
        from: ends[0], to: ends[1], labels: labels,
        hasReturn: transitions.contains { $0.from == ends[1] && $0.to == ends[0] })
    }
  }
}

/// The course of an arrow: a cubic curve, and where its label stands.
private struct Curve {
  let points: [SVGDrawing.Point]
  let label: SVGDrawing.Point
}

extension AutomatonDrawing {
  /// From the rim of one circle to that of another, bent to the left of its way.
  private func bend(from start: SVGDrawing.Point, to end: SVGDrawing.Point, by bend: Double) -> Curve {
    let length = max(hypot(end.x - start.x, end.y - start.y), 1)
    let along = SVGDrawing.Point((end.x - start.x) / length, (end.y - start.y) / length)
    let aside = SVGDrawing.Point(along.y, -along.x)
    func place(_ distance: Double, _ offset: Double) -> SVGDrawing.Point {
      .init(start.x + along.x * distance + aside.x * offset, start.y + along.y * distance + aside.y * offset)
    }
    let rim = Self.stateRadius + 3
    let rise = bend / 3
    return Curve(
      points: [
        place(rim, rise), place(length / 3, bend * 1.2), place(length * 2 / 3, bend * 1.2), place(length - rim, rise),
      ],
      // Straight ones may cross in the middle.
      label: place(bend == 0 ? length * 0.36 : length / 2, bend))
  }

  /// From a circle back to itself, on the side away from the middle.
  private func loop(at place: SVGDrawing.Point, _ middle: SVGDrawing.Point) -> Curve {
    let radius = Self.stateRadius
    let length = hypot(place.x - middle.x, place.y - middle.y)
    let out =
      length == 0 ? SVGDrawing.Point(0, -1) : .init((place.x - middle.x) / length, (place.y - middle.y) / length)
    func around(_ angle: Double, _ radius: Double) -> SVGDrawing.Point {
      .init(
        place.x + radius * (out.x * cos(angle) - out.y * sin(angle)),
        place.y + radius * (out.x * sin(angle) + out.y * cos(angle)))
    }
    return Curve(
      points: [
        around(-0.45, radius + 3), around(-0.5, radius + 52), around(0.5, radius + 52), around(0.45, radius + 3),
      ], label: around(0, radius + 44))
  }

  private func draw(_ curve: Curve, on drawing: inout SVGDrawing) {
    let text = curve.points.map { "\(XMLText.number($0.x)) \(XMLText.number($0.y))" }
    drawing.path("M\(text[0])C\(text[1]) \(text[2]) \(text[3])", class: "arrow")
    // The head points the way that the curve has at its end.
    head(at: curve.points[3], from: curve.points[2], on: &drawing)
  }

  private func head(at tip: SVGDrawing.Point, from origin: SVGDrawing.Point, on drawing: inout SVGDrawing) {
    let length = max(hypot(tip.x - origin.x, tip.y - origin.y), 1e-6)
    let along = SVGDrawing.Point((tip.x - origin.x) / length, (tip.y - origin.y) / length)
    drawing.path(
      [
        tip, .init(tip.x - 9 * along.x + 4 * along.y, tip.y - 9 * along.y - 4 * along.x),
        .init(tip.x - 9 * along.x - 4 * along.y, tip.y - 9 * along.y + 4 * along.x),
      ], isClosed: true, class: "ink")
  }

  private func draw(
    _ state: State, _ place: SVGDrawing.Point, _ middle: SVGDrawing.Point, on drawing: inout SVGDrawing
  ) {
    drawing.circle(place, radius: Self.stateRadius, class: "state")
    if state.isAccepting { drawing.circle(place, radius: Self.stateRadius - 4, class: "state") }
    drawing.text(state.label, x: place.x, y: place.y + (state.note.isEmpty ? 4 : 0), anchor: .middle)
    if !state.note.isEmpty {
      drawing.text(state.note, x: place.x, y: place.y + 12, anchor: .middle, class: "small soft")
    }
    guard state.isStart else { return }
    // From the left or the right, whichever is outside.
    let side: Double = place.x <= middle.x ? -1 : 1
    let tip = SVGDrawing.Point(place.x + side * (Self.stateRadius + 3), place.y)
    let origin = SVGDrawing.Point(tip.x + side * 32, place.y)
    drawing.line(from: origin, to: tip, class: "arrow")
    head(at: tip, from: origin, on: &drawing)
  }
}
