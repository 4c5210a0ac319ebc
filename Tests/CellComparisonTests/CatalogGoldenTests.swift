import Autodiff
import DenseArrays
import Foundation
import Layers
import Testing

@testable import CellComparison

/// Forward values of a cell that were computed from its equations by another program, `Fixtures/golden/catalog.py`; the
/// format is that of the golden values in the tests of `Layers`, with the parameters' own names.
struct CatalogGolden: Decodable {
  let inputSize, hiddenSize, steps: Int
  let names: [String]
  let shapes: [[Int]]
  let outputs: [[Double]]

  private enum CodingKeys: String, CodingKey {
    case inputSize = "d"
    case hiddenSize = "n"
    case steps = "T"
    case names = "order"
    case shapes
    case outputs = "y_all"
  }

  static func all() throws -> [String: CatalogGolden] {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/catalog", withExtension: "json"))
    return try JSONDecoder().decode([String: CatalogGolden].self, from: Data(contentsOf: url))
  }
}

@Suite("Golden values of the catalogue")
struct CatalogGoldenTests {
  private static func filling(_ k: Int) -> Double {
    let angle: Double = 1.7 * Double(k + 1)
    return 0.4 * Foundation.sin(angle)
  }

  private static func input(_ k: Int) -> Double {
    let angle: Double = 0.9 * Double(k) + 0.3
    return 0.5 * Foundation.cos(angle)
  }

  @Test("every cell has golden values")
  func complete() throws {
    #expect(Set(CellCatalog.all.map(\.name)) == Set(try CatalogGolden.all().keys))
  }

  // Some tens of operations on numbers of size 1, each good to 1e-16; periods and norms near 0 lose digits.
  @Test("outputs are those of the equations", arguments: CellCatalog.all)
  func outputs(description: CellDescription) throws {
    let golden = try #require(try CatalogGolden.all()[description.name])
    var random = RandomSource(seed: 2)
    let cell = description.makeCell(golden.inputSize, golden.hiddenSize, &random)
    cell.convert(to: .float64)
    var k = 0
    var values: [(name: String, array: DenseArray)] = []
    for (name, sizes) in zip(golden.names, golden.shapes) {
      let shape = Shape(sizes)
      values.append((name, DenseArray((k..<k + shape.count).map(Self.filling), shape: shape)))
      k += shape.count
    }
    try cell.load(values)
    let inputs = (0..<golden.steps * golden.inputSize).map(Self.input)
    let sequence = DenseArray(inputs, shape: [golden.steps, 1, golden.inputSize])
    func run(_ cell: some RecurrentCell) -> DenseArray {
      Recurrent(cell)(Tape(scalarType: .float64).constant(sequence)).outputs.value
    }
    let found = run(cell)
    let expected = DenseArray(golden.outputs.flatMap { $0 }, shape: found.shape)
    #expect(
      found.isClose(to: expected, tolerance: 1e-11), "differs by \(found.maximumDifference(from: expected))")
  }
}
