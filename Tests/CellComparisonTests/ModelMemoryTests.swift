import DenseArrays
import Layers
import Testing

@testable import CellComparison

@Suite("Memory for parameters")
struct ModelMemoryTests {
  @Test("the number of parameters of a large cell is reckoned from small ones")
  func estimate() {
    // n (i + n + 1), and four and three times as many; a GRU that is reset after its product has n biases more.
    let size = 65_536.0
    let gate = size * (size + 3)
    let cases: [(CellDescription, Double)] = [
      (CellCatalog.elman, gate), (CellCatalog.lstm, 4 * gate), (CellCatalog.gru, 3 * gate + size),
      (CellCatalog.gruResetBefore, 3 * gate),
    ]
    for (cell, expected) in cases {
      let found = cell.parameterEstimate(inputSize: 2, hiddenSize: 65_536)
      #expect(abs(found - expected) < 1e-6 * expected, "\(cell.name): \(found)")
    }
  }

  @Test("a cell whose parameters are larger than the memory is refused before any of them is made")
  func refusal() throws {
    try CellCatalog.lstm.checkMemory(inputSize: 2, hiddenSize: 1024, available: 1 << 30)
    let error = #expect(throws: ModelMemoryError.self) {
      try CellCatalog.elman.checkMemory(inputSize: 2, hiddenSize: 65_536, available: 24_000_000_000)
    }
    #expect(
      error?.description
        == "elman with a hidden size of 65536: training needs 68.7 GB for the parameters, expected at most the 24.0 GB of "
        + "this machine")
  }
}
