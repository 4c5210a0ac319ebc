import Foundation
import Testing

@testable import CellComparison

@Suite("Drawings of automata")
struct AutomatonDrawingTests {
  /// Whether the number of ones so far is even.
  private static let parity = MooreMachine(outputs: [0, 1], successors: [[0, 1], [1, 0]])
    .drawing(title: "parity", symbols: ["0", "1"], start: 0, names: ["even", "odd"])

  @Test("two states opposite each other, with start and accepting marks, loops and arrows")
  func parity() throws {
    let found = DrawingParser(Self.parity.drawing.file)
    #expect(found.problem == nil)
    // The circle of states has radius 100 around (196, 212); the first is at the upper left, the second at the lower right.
    let offset = 100 * 0.5.squareRoot()
    let circles = found.elements.filter { $0.name == "circle" }.map(\.attributes)
    #expect(circles.map { $0["r"] } == ["30", "30", "26"])
    let x = try circles.map { try #require($0["cx"].flatMap(Double.init)) }
    #expect(zip(x, [196 - offset, 196 + offset, 196 + offset]).allSatisfy { abs($0 - $1) < 0.01 })
    // Four arrows, each with a head, and the start's line with one.
    #expect(found.values("class", of: "path").count { $0 == "arrow" } == 4)
    #expect(found.values("class", of: "path").count { $0 == "ink" } == 5)
    #expect(found.values("class", of: "line") == ["arrow"])
    #expect(found.texts["text"] == ["parity", "0", "even", "1", "odd", "0", "1", "1", "0"])
    #expect(
      found.texts["desc"] == [
        "2 states, start even (0). even (0) to even (0): 0; even (0) to odd (1): 1; odd (1) to even (0): 1; "
          + "odd (1) to odd (1): 0."
      ])
  }

  @Test("an arrow ends at the rim of the circle that it leads to")
  func arrowEnds() throws {
    let drawing = AutomatonDrawing(
      title: "t", states: [.init(label: "a"), .init(label: "b")], transitions: [.init(from: 0, to: 1, label: "x")])
    let found = DrawingParser(drawing.drawing.file)
    let data = try #require(found.values("d", of: "path").first { $0.contains("C") })
    let numbers = data.split { !"0123456789.-".contains($0) }.compactMap { Double($0) }
    let offset = 100 * 0.5.squareRoot()
    let rim = 33 * 0.5.squareRoot()
    // Straight, from 33 pixels after the first centre to 33 pixels before the second.
    let expected = [196 - offset + rim, 212 - offset + rim]
    #expect(zip(numbers.prefix(2), expected).allSatisfy { abs($0 - $1) < 0.01 }, "\(data)")
    let end = [196 + offset - rim, 212 + offset - rim]
    #expect(zip(numbers.suffix(2), end).allSatisfy { abs($0 - $1) < 0.01 }, "\(data)")
  }

  @Test("transitions between the same states share an arrow")
  func shared() {
    let machine = MooreMachine.adder()
    let drawing = machine.drawing(title: "t", symbols: ["00", "01", "10", "11"], start: 0, names: []).drawing
    let found = DrawingParser(drawing.file)
    // From each of the four states to three others or itself, 01 and 10 together.
    #expect(found.values("class", of: "path").count { $0 == "arrow" } == 12)
    #expect(found.texts["text"]?.count { $0 == "01, 10" } == 4)
  }

  @Test("no states, one state and many states", arguments: [0, 1, 40])
  func counts(count: Int) {
    let drawing = AutomatonDrawing(
      title: "<t>", states: (0..<count).map { .init(label: "\($0)", note: "&") },
      transitions: (0..<count).map { .init(from: $0, to: ($0 * 7) % count, label: "<") })
    let found = DrawingParser(drawing.drawing.file)
    #expect(found.problem == nil)
    #expect(found.values("cx", of: "circle").count == count)
    for (cx, cy) in zip(found.values("cx", of: "circle"), found.values("cy", of: "circle")) {
      #expect((30...drawing.drawing.width - 30).contains(Double(cx) ?? -1))
      #expect((30...drawing.drawing.height - 30).contains(Double(cy) ?? -1))
    }
  }
}
