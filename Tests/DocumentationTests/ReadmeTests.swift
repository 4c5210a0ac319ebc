import CellComparison
import Tapestry
import Testing

// code: README.md 1
struct MinimalGatedUnit: SimpleRecurrentCell {
  let forget, candidate: Gate

  func step(_ x: Variable, _ h: Variable) -> Variable {
    let f = sigmoid(forget(x, h))
    return (1 - f) * h + f * tanh(candidate(x, f * h))
  }
}

let minimal = CellDescription.named("minimal-gated-unit") { inputSize, hiddenSize, random in
  MinimalGatedUnit(
    forget: Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random),
    candidate: Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random))
}
// end

/// What the README prints; too long for a test, so that it runs in .ci/run, in a package of its own.
func asInReadme() {
  // code: README.md 1
  print(minimal.checkGradients())
  print(Comparison(cells: [minimal] + CellCatalog.standard).run().text)
  // end
}

@Suite("README")
struct ReadmeTests {
  @Test("the cell's gradients are right")
  func gradients() {
    let report = minimal.checkGradients()
    #expect(report.passed, "\(report)")
    #expect(report.unused == [])
  }

  @Test("the cell is trained beside the standard ones")
  func comparison() {
    let cells = [minimal] + CellCatalog.standard
    let results = Comparison(cells: cells, seeds: 1, trainingSteps: 2).run(progress: nil)
    #expect(results.runs.map(\.cell) == (cells + cells).map(\.name))
    #expect(results.runs.allSatisfy { $0.status == .finished })
  }
}
