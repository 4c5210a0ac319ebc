import Autodiff
import DenseArrays
import Foundation
import GradientChecking
import Layers
import Testing

/// The GRU-D on series with missing values; `Fixtures/golden/gru.py` has the equations.
@Suite("Missing values")
struct MissingValueTests {
  private struct Golden: Decodable {
    let order: [String]
    let shapes: [[Int]]
    let outputs, timed: [[Double]]

    private enum CodingKeys: String, CodingKey {
      case order, shapes
      case outputs = "y_all"
      case timed = "y_timed"
    }
  }

  private func golden() throws -> Golden {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/gru-d", withExtension: "json"))
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }

  /// Six steps of three values; a value is missing where (5 k + t) mod 3 is 0.
  private static func inputs(intervals: Bool) -> DenseArray {
    let rows = (0..<6).map { t -> [Double] in
      let values = (0..<3).map { k -> Double in
        (5 * k + t).isMultiple(of: 3) ? .nan : 0.5 * Foundation.cos(0.9 * Double(3 * t + k) + 0.3)
      }
      return intervals ? values + [0.5 + 0.25 * Double(t)] : values
    }
    return DenseArray(rows.flatMap { $0 }, shape: [6, 1, intervals ? 4 : 3])
  }

  private func makeCell(intervals: Bool) throws -> GRUD {
    let golden = try golden()
    var random = RandomSource(seed: 1)
    let cell = GRUD(
      inputSize: 3, hiddenSize: 4, mean: [0.1, -0.2, 0.3], hasIntervals: intervals, using: &random)
    cell.convert(to: .float64)
    var k = 0
    try cell.load(
      zip(golden.order, golden.shapes).map { name, sizes in
        let shape = Shape(sizes)
        defer { k += shape.count }
        return (
          name, DenseArray((k..<k + shape.count).map { 0.4 * Foundation.sin(1.7 * Double($0 + 1)) }, shape: shape)
        )
      })
    return cell
  }

  // Some tens of operations on numbers of size 1.
  @Test("outputs are those of the equations", arguments: [false, true])
  func outputs(intervals: Bool) throws {
    let cell = try makeCell(intervals: intervals)
    let found = Recurrent(cell)(Tape(scalarType: .float64).constant(Self.inputs(intervals: intervals))).outputs.value
    let expected = intervals ? try golden().timed : try golden().outputs
    #expect(found.isClose(to: DenseArray(expected.flatMap { $0 }, shape: [6, 1, 4]), tolerance: 1e-12))
  }

  @Test("derivatives are those of differences, and those by missing inputs are 0")
  func gradients() throws {
    let cell = try makeCell(intervals: false)
    let layer = Recurrent(cell)
    let inputs = Self.inputs(intervals: false)
    let report = checkGradients(of: layer, at: []) { tape, _ in layer(tape.constant(inputs)).outputs }
    #expect(report.passed, "\(report)")
    let tape = Tape(scalarType: .float64)
    let x = tape.variable(inputs)
    let gradient = tape.gradients(of: layer(x).outputs.sum())[x]
    for (value, derivative) in zip(inputs.elements, gradient.elements) {
      #expect(value.isNaN == (derivative == 0))
    }
  }

  @Test("another number of means than values stops")
  func means() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = GRUD(inputSize: 3, hiddenSize: 4, mean: [0], using: &random)
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("Fatal error: GRUD: 1 means for 3 values\n"))
  }
}
