import Autodiff
import DenseArrays
import GradientChecking
import Layers
import Testing

/// Whole cells through time, with a batch, and with as many inputs as no other size.
@Suite("Gradient checks of modules")
struct ModuleCheckTests {
  private struct Classifier<Cell: RecurrentCell>: Module {
    let layer: Recurrent<Cell>
    let output: Linear
  }

  private let inputs = DenseArray((0..<24).map { Float(($0 * 7) % 11) / 5 - 1 }, shape: [4, 2, 3])
  private let labels = DenseArray([0, 1, 1, 0, 1, 0, 0, 1] as [Int32], shape: [4, 2])

  private func check(_ cell: some RecurrentCell) -> GradientReport {
    var random = RandomSource(seed: 3)
    let model = Classifier(
      layer: Recurrent(cell, learnsInitialState: true), output: Linear(inputSize: 5, outputSize: 2, using: &random))
    return checkGradients(of: model, at: [inputs, labels], named: ["inputs"]) { _, given in
      softmaxCrossEntropy(model.output(model.layer(given[0]).outputs), labels: given[1])
    }
  }

  @Test("Elman, LSTM and both GRUs pass, first and second order, to 1e-7")
  func cells() {
    var random = RandomSource(seed: 2)
    let elman = check(Elman(inputSize: 3, hiddenSize: 5, using: &random))
    #expect(elman.passed, "\(elman)")
    let lstm = check(LSTM(inputSize: 3, hiddenSize: 5, using: &random))
    #expect(lstm.passed, "\(lstm)")
    let after = check(GRU(inputSize: 3, hiddenSize: 5, using: &random))
    #expect(after.passed, "\(after)")
    let before = check(GRUResetBefore(inputSize: 3, hiddenSize: 5, using: &random))
    #expect(before.passed, "\(before)")
    #expect(before.unused.isEmpty)
  }

  @Test("a cell with kinks in all of its units passes, and the report says how often the point was moved")
  func kinks() {
    var random = RandomSource(seed: 4)
    // Biases and the state before the first step are zero, so that every unit starts at its kink.
    let cell = Elman(inputSize: 3, hiddenSize: 5, activation: .relu, using: &random)
    let zero = DenseArray(zeros: [2, 2, 3])
    let report = checkGradients(of: cell, at: [zero]) { _, inputs in Recurrent(cell)(inputs[0]).outputs }
    #expect(report.passed, "\(report)")
    #expect(report.resamples >= 1)
    #expect(report.description.contains("point moved"))
  }

  @Test("a forgotten gate is reported, by the path of its properties")
  func forgottenGate() {
    struct Forgetful: SimpleRecurrentCell {
      let update, forgotten: Gate
      func step(_ x: Variable, _ h: Variable) -> Variable { tanh(update(x, h)) }
    }
    var random = RandomSource(seed: 5)
    let cell = Forgetful(
      update: Gate(inputSize: 3, hiddenSize: 4, using: &random),
      forgotten: Gate(inputSize: 3, hiddenSize: 4, using: &random))
    let report = checkGradients(of: cell, at: [inputs]) { _, inputs in Recurrent(cell)(inputs[0]).outputs }
    #expect(report.passed, "\(report)")
    #expect(report.unused.allSatisfy { $0.hasPrefix("forgotten.") })
    #expect(report.unused.count == 3)
  }

  @Test("a parameter that the module's traversal cannot find fails the check")
  func hiddenParameter() {
    final class Hidden { let scale = Parameter(DenseArray([2.0] as [Float]), name: "scale") }
    struct Scaled: Module {
      let linear: Linear
      let hidden = Hidden()
    }
    var random = RandomSource(seed: 6)
    let module = Scaled(linear: Linear(inputSize: 3, outputSize: 2, using: &random))
    let report = checkGradients(of: module, at: [inputs]) { tape, inputs in
      module.linear(inputs[0]) * tape.parameter(module.hidden.scale)
    }
    #expect(!report.passed)
    #expect(report.missing == ["scale"])
  }

  @Test("a mistake in a hand-written step is found, with the parameter's name and place")
  func wrongStep() {
    struct Detached: SimpleRecurrentCell {
      let update: Gate
      // The state's history is cut: the gradient through time is wrong.
      func step(_ x: Variable, _ h: Variable) -> Variable { tanh(update(x, h.detach())) }
    }
    var random = RandomSource(seed: 7)
    let cell = Detached(update: Gate(inputSize: 3, hiddenSize: 4, using: &random))
    let report = checkGradients(of: cell, at: [inputs]) { _, inputs in Recurrent(cell)(inputs[0]).outputs.mean() }
    #expect(!report.passed)
    let names = Set(report.failures.map(\.name))
    #expect(names.contains("update.inputWeights"))
    #expect(report.failures.allSatisfy { $0.index != nil || $0.comparison == .adjoint })
    #expect(report.description.contains("update."))
  }
}
