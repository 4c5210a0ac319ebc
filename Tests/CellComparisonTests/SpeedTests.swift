import Autodiff
import DenseArrays
import GradientChecking
import Layers
import Testing

@testable import CellComparison

@Suite("The cell of the speed measurements")
struct SpeedTests {
  @Test("the novel cell's derivatives are right")
  func gradients() {
    let report = CellCatalog.novel.checkGradients()
    #expect(report.passed, "\(report)")
  }

  @Test("a step of the novel cell is what its equations say")
  func step() {
    var random = RandomSource(seed: 3)
    let cell = NovelCell(inputSize: 1, hiddenSize: 1, using: &random)
    let values: [(Parameter, Float)] = [
      (cell.forget.inputWeights, 0.5), (cell.forget.recurrentWeights, -0.25), (cell.reset.inputWeights, 0.75),
      (cell.reset.recurrentWeights, 1), (cell.candidate.inputWeights, -1), (cell.candidate.recurrentWeights, 2),
      (cell.scale.weights, 0.5),
    ]
    for (parameter, value) in values { parameter.update { $0 = DenseArray([[value]]) } }
    cell.scale.bias?.update { $0 = DenseArray([Float(0.25)]) }
    let tape = Tape()
    let output = cell.step(tape.constant(DenseArray([[Float(1)]])), tape.constant(DenseArray([[Float(0.5)]])))
    // Computed by hand, rounded: f = sigmoid(0.375) = 0.592667, r = sigmoid(1.25) = 0.777300,
    // c = tanh(-1 + 2 x 0.388650) = -0.219089, s = softplus(0.75) = 1.136871, s / (1 + s) = 0.532026.
    let expected = 0.592667 * 0.5 + (1 - 0.592667) * -0.219089 * 0.532026
    #expect(abs(output.value[0, 0] - expected) < 1e-5)
  }

  @Test("things that are timed by turns are run in turn, after three turns to warm up and at least ten times")
  func turns() {
    var numbers: [Int] = []
    var pauses: [Int] = []
    let timings = Timing.byTurns(3, budget: 1e-9) {
      pauses.append(numbers.count)
    } _: {
      numbers.append($0)
    }
    #expect(numbers == (0..<39).map { $0 % 3 })
    #expect(pauses == (4...13).map { 3 * $0 })
    #expect(timings.map(\.runs) == [10, 10, 10])
    #expect(timings.allSatisfy { 0 <= $0.minimum && $0.minimum <= $0.median })
  }
}
