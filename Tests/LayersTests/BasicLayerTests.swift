import Autodiff
import DenseArrays
import GradientChecking
import Layers
import Testing

@Suite("Linear maps, embeddings and gates")
struct BasicLayerTests {
  private func parameter(_ elements: [Double], _ shape: Shape) -> Parameter {
    Parameter(DenseArray(elements, shape: shape))
  }

  @Test("a linear map multiplies [outputs, inputs] weights with the last axis and adds the bias")
  func linear() {
    let layer = Linear(weights: parameter([1, 2, 3, 4, 5, 6], [3, 2]), bias: parameter([10, 20, 30], [3]))
    let tape = Tape(scalarType: .float64)
    let x = tape.constant(DenseArray([1, 0, 0, 1, 2, -1] as [Double], shape: [3, 1, 2]))
    let y = layer(x)
    #expect(y.shape == [3, 1, 3])
    #expect(y.value.elements == [11, 23, 35, 12, 24, 36, 10, 22, 34])
    #expect(Linear(weights: layer.weights)(x).value.elements == [1, 3, 5, 2, 4, 6, 0, 2, 4])
    #expect(layer.inputSize == 2 && layer.outputSize == 3 && layer.parameterCount == 9)
  }

  @Test("new layers have the sizes asked for, and a bias unless it is left out")
  func newLinear() {
    var random = RandomSource(seed: 1)
    let layer = Linear(inputSize: 4, outputSize: 3, using: &random)
    #expect(layer.weights.shape == [3, 4] && layer.bias?.value.elements == [0, 0, 0])
    let plain = Linear(inputSize: 4, outputSize: 3, biasInitializer: nil, using: &random)
    #expect(plain.parameters.map(\.name) == ["weights"])
  }

  @Test("an embedding looks rows up, and only those get a gradient, once for each use")
  func embedding() {
    let table = Embedding(weights: parameter([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]))
    let tape = Tape(scalarType: .float64)
    let symbols = DenseArray([2, 0, 2, 1, 2, 0] as [Int32], shape: [3, 2])
    let vectors = table(symbols, on: tape)
    #expect(vectors.shape == [3, 2, 2])
    #expect(vectors.value.elements == [5, 6, 1, 2, 5, 6, 3, 4, 5, 6, 1, 2])
    let gradient = tape.gradients(of: vectors.sum())[table.weights]
    #expect(gradient.elements == [2, 2, 1, 1, 3, 3, 0, 0])
  }

  @Test("an embedding tied to the output layer counts once and adds both gradients")
  func tied() {
    struct Model: Module {
      let input: Embedding
      let output: Linear
    }
    let output = Linear(weights: parameter([1, 2, 3, 4, 5, 6], [3, 2]))
    let model = Model(input: Embedding(weights: output.weights), output: output)
    #expect(model.parameters.map(\.name) == ["input.weights"])
    let tape = Tape(scalarType: .float64)
    // One symbol, 1: its vector v = (3, 4), and the scores W v. The gradient of their sum is the sum of rows of W for the
    // looked-up row, and v for every row of the output.
    let scores = model.output(model.input(DenseArray([1] as [Int32], shape: [1]), on: tape))
    #expect(scores.value.elements == [11, 25, 39])
    #expect(tape.gradients(of: scores.sum())[output.weights].elements == [3, 4, 3 + 9, 4 + 12, 3, 4])
  }

  @Test("a gate is W x + U h + b, and its parts are the two halves")
  func gate() {
    var random = RandomSource(seed: 3)
    let gate = Gate(
      inputSize: 2, hiddenSize: 3, recurrentSize: 1, recurrentBiasInitializer: .constant(7), using: &random)
    let tape = Tape(scalarType: .float64)
    tape.bind(gate.inputWeights, to: DenseArray([1, 2, 3, 4, 5, 6] as [Double], shape: [3, 2]))
    tape.bind(gate.recurrentWeights, to: DenseArray([1, -1, 2] as [Double], shape: [3, 1]))
    let x = tape.constant(DenseArray([1, -1] as [Double], shape: [1, 2]))
    let h = tape.constant(DenseArray([10] as [Double], shape: [1, 1]))
    #expect(gate.input(x).value.elements == [-1, -1, -1])
    #expect(gate.recurrent(h).value.elements == [17, -3, 27])
    #expect(gate(x, h).value.elements == [16, -4, 26])
    #expect((gate.inputSize, gate.recurrentSize, gate.hiddenSize) == (2, 1, 3))
    #expect(gate.parameters.map(\.name) == ["inputWeights", "recurrentWeights", "bias", "recurrentBias"])
  }

  @Test("activations are the functions of their names")
  func activations() {
    let tape = Tape(scalarType: .float64)
    let x = tape.constant(DenseArray([-1.5, 0, 2] as [Double], shape: [3]))
    let functions: [(Activation, Variable)] = [
      (.identity, x), (.tanh, tanh(x)), (.relu, maximum(x, 0)), (.sigmoid, 1 / (1 + exp(-x))),
      (.softplus, log(1 + exp(x))),
    ]
    #expect(functions.count == Activation.allCases.count)
    for (activation, expected) in functions {
      expectClose(activation(x).value, expected.value, tolerance: 1e-15, activation.rawValue)
    }
  }

  @Test("LSTM and GRU start as their documentation says")
  func initialValues() throws {
    var random = RandomSource(seed: 3)
    let lstm = LSTM(inputSize: 3, hiddenSize: 4, using: &random).parameters
    #expect(lstm["forget.bias"]?.value.elements == [1, 1, 1, 1])
    #expect(lstm["input.bias"]?.value.elements == [0, 0, 0, 0])
    let gru = GRU(inputSize: 3, hiddenSize: 4, using: &random).parameters
    #expect(gru.filter { $0.name.hasSuffix("ias") }.allSatisfy { $0.parameter.value.elements.allSatisfy { $0 == 0 } })
    #expect(gru["candidate.recurrentBias"] != nil && gru["reset.recurrentBias"] == nil)
  }

  @Test("draws of a context differ by step and place, and repeat with the seed")
  func draws() {
    func draw(seed: UInt64, site: Int, step: Int) -> [Double] {
      let tape = Tape(scalarType: .float64)
      tape.randomSeed = seed
      return StepContext(tape: tape, step: step).random(.uniform, shape: [4], site: site).value.elements
    }
    let first = draw(seed: 1, site: 0, step: 0)
    #expect(draw(seed: 1, site: 0, step: 0) == first)
    for other in [draw(seed: 2, site: 0, step: 0), draw(seed: 1, site: 1, step: 0), draw(seed: 1, site: 0, step: 1)] {
      #expect(zip(other, first).allSatisfy { $0 != $1 })
    }
  }

  @Test("weights and biases that do not fit stop")
  func mistakes() async {
    let bias = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Linear(weights: Parameter(DenseArray(zeros: [3, 2])), bias: Parameter(DenseArray(zeros: [2])))
    }
    expectMessage(
      "Linear: weights of shape [3, 2] with a bias of shape [2]; expected [outputs, inputs] and [outputs]", in: bias)
    let table = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Embedding(weights: Parameter(DenseArray(zeros: [3])))
    }
    expectMessage("Embedding: weights of shape [3]; expected [count, size]", in: table)
  }

  @Test("a symbol outside of the table stops with the symbol and the table's size")
  func symbol() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let table = Embedding(count: 4, size: 2, using: &random)
      _ = table(DenseArray([0, 4] as [Int32], shape: [2]), on: Tape())
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("gather") && output.contains("4 at position 1") && output.contains("0..<4"), "\(output)")
  }

  @Test("losses have right derivatives, first and second, with and without weights")
  func losses() {
    let logits = DenseArray([0.5, -1, 2, 0, 1.5, -0.5, 0.25, 3, -2, 1, 0, 0.75] as [Double], shape: [2, 2, 3])
    let targets = DenseArray([1, 0, 0.25, 0.5, 1, 0, 0, 1, 0.75, 0, 1, 1] as [Double], shape: [2, 2, 3])
    let labels = DenseArray([0, 2, 1, 1] as [Int32], shape: [2, 2])
    for weights in [nil, DenseArray([0.5, 2] as [Double], shape: [2])] {
      let reports = [
        checkGradients(at: [logits]) { softmaxCrossEntropy($0[0], labels: labels, weights: weights) },
        checkGradients(at: [logits, targets]) { sigmoidCrossEntropy($0[0], targets: $0[1], weights: weights) },
        checkGradients(at: [logits, targets]) { meanSquaredError($0[0], targets: $0[1], weights: weights) },
      ]
      for report in reports { #expect(report.passed && report.unused.isEmpty, "\(report)") }
    }
  }
}
