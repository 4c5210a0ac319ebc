import CellComparison
import Foundation
import Tapestry
import Testing

// code: Docs/writing-a-cell.md 1
struct UpdateGateNetwork: SimpleRecurrentCell {
  let update, candidate: Gate

  init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    update = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: .constant(1), using: &random)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
  }

  func step(_ x: Variable, _ h: Variable) -> Variable {
    let g = sigmoid(update(x, h)).named("update gate")
    let c = tanh(candidate(x, h)).named("candidate")
    return g * h + (1 - g) * c
  }
}
// end

// code: Docs/writing-a-cell.md 5
struct FirstInput: Module {
  let layer: Recurrent<UpdateGateNetwork>
  let readout: Linear

  init(using random: inout RandomSource) {
    layer = Recurrent(UpdateGateNetwork(inputSize: 1, hiddenSize: 16, using: &random))
    readout = Linear(inputSize: 16, outputSize: 1, using: &random)
  }

  /// The mean squared error for inputs of shape [time, batch, 1].
  func loss(_ inputs: Variable) -> Variable {
    meanSquaredError(readout(layer(inputs).finalState), targets: inputs[0])
  }
}
// end

// code: Docs/writing-a-cell.md 9
struct CoupledOscillators: RecurrentCell {
  struct State: RecurrentState {
    var position, velocity: Variable

    func map(_ transform: (Variable) -> Variable) -> State {
      State(position: transform(position), velocity: transform(velocity))
    }
  }

  let force: Gate
  let friction: Linear
  let timeStep = 0.1
  let stiffness = 1.0
  let damping = 0.5

  init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    force = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    friction = Linear(inputSize: hiddenSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
  }

  func zeroState(batch: Int, on tape: Tape) -> State {
    let zero = tape.zeros([batch, force.hiddenSize])
    return State(position: zero, velocity: zero)
  }

  func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    let drive = tanh(force(x, state.position) + friction(state.velocity))
    let acceleration = drive - stiffness * state.position - damping * state.velocity
    let velocity = state.velocity + timeStep * acceleration
    let position = state.position + timeStep * velocity
    return (position, State(position: position, velocity: velocity))
  }
}
// end

// code: Docs/writing-a-cell.md 10
struct AveragingNetwork: RecurrentCell {
  let hidden: Gate

  func zeroState(batch: Int, on tape: Tape) -> Variable { tape.zeros([batch, hidden.hiddenSize]) }

  func step(_ x: Variable, _ h: Variable, _ context: StepContext) -> (output: Variable, state: Variable) {
    let mean = h + (tanh(hidden(x, h)) - h) / (context.stepIndex + 1)
    return (mean, mean)
  }
}
// end

// code: Docs/writing-a-cell.md 11
struct AntisymmetricNetwork: RecurrentCell {
  let input: Linear
  let recurrent: Parameter
  var weights: Variable?
  let timeStep = 0.1
  let damping = 0.01

  init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    input = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
    recurrent = Parameter(.normal([hiddenSize, hiddenSize], standardDeviation: 0.1, using: &random))
  }

  func zeroState(batch: Int, on tape: Tape) -> Variable { tape.zeros([batch, recurrent.shape[0]]) }

  func prepared(on tape: Tape) -> AntisymmetricNetwork {
    var cell = self
    cell.weights = derivedWeights(on: tape)
    return cell
  }

  func step(_ x: Variable, _ h: Variable, _ context: StepContext) -> (output: Variable, state: Variable) {
    let weights = weights ?? derivedWeights(on: context.tape)
    let next = h + timeStep * tanh(input(x) + matmul(h, weights, transposeSecond: true) - damping * h)
    return (next, next)
  }

  private func derivedWeights(on tape: Tape) -> Variable {
    let u = tape.parameter(recurrent)
    return u - u.transposed()
  }
}
// end

@Suite("Writing a cell")
struct WritingACellTests {
  /// What the document says is printed.
  private func printed(_ number: Int) throws -> String {
    let texts = try Markdown("Docs/writing-a-cell.md").texts
    return texts.indices.contains(number - 1) ? texts[number - 1] : "there is no text block \(number)"
  }

  @Test("the cell has the parameters that are listed, and right derivatives")
  func writeAndCheck() throws {
    var lines: [String] = []
    /// Stands in for the library's function, so that what is printed can be compared.
    func print(_ items: Any...) { lines.append(items.map { "\($0)" }.joined(separator: " ")) }

    // code: Docs/writing-a-cell.md 2
    var random = RandomSource(seed: 1)
    let cell = UpdateGateNetwork(inputSize: 3, hiddenSize: 4, using: &random)
    for (name, parameter) in cell.parameters { print(name, parameter.shape) }
    print(cell.parameterCount)
    // end
    let shown = try printed(1)
    #expect(shown == lines.joined(separator: "\n"))

    // code: Docs/writing-a-cell.md 3
    let inputs = DenseArray.normal([5, 2, 3], using: &random)  // 5 steps, 2 sequences, 3 features
    let layer = Recurrent(cell)
    let report = checkGradients(of: layer, at: [inputs], named: ["inputs"]) { _, inputs in layer(inputs[0]).outputs }
    print(report)
    precondition(report.passed)
    // end
    #expect(report.passed, "\(report)")
    #expect(report.unused == [])

    // code: Docs/writing-a-cell.md 4
    let tiny = UpdateGateNetwork(inputSize: 1, hiddenSize: 1, using: &random)
    tiny.convert(to: .float64)
    let tape = Tape(scalarType: .float64)
    let h = tiny.step(tape.constant(0.7, shape: [1, 1]), tape.constant(-0.2, shape: [1, 1])).item

    let p = tiny.parameters.map { $0.parameter.value.item }
    let g = 1 / (1 + Foundation.exp(-(p[0] * 0.7 - p[1] * 0.2 + p[2])))
    let c = Foundation.tanh(p[3] * 0.7 - p[4] * 0.2 + p[5])
    precondition(abs(h - (g * -0.2 + (1 - g) * c)) < 1e-12)
    // end
  }

  @Test("the model learns, and is the same after it was saved and loaded")
  func train() throws {
    var random = RandomSource(seed: 2)
    // code: Docs/writing-a-cell.md 6
    let model = FirstInput(using: &random)
    var optimizer = Adam(model.parameters, learningRate: 0.01)
    optimizer.clipping = .globalNorm(1)
    let tape = Tape()
    var error = 0.0
    for step in 1...300 {
      tape.reset()
      let inputs = DenseArray.uniform([10, 32, 1], in: -1..<1, using: &random)
      let loss = model.loss(tape.constant(inputs))
      error = loss.item
      if step % 100 == 0 { print(step, error) }
      try optimizer.update(with: tape.gradients(of: loss))
    }
    // end
    // Answering 0 gives the variance of the numbers, 1/3.
    #expect(error < 0.1)

    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let before = model.state
    // code: Docs/writing-a-cell.md 7
    try model.save(to: path, metadata: ["hidden size": "16"])
    try model.load(from: path)
    // end
    for (saved, loaded) in zip(before, model.state) {
      #expect(saved.name == loaded.name)
      #expect(saved.array.isBitIdentical(to: loaded.array))
    }
  }

  /// Too long for a test: only compiled.
  func compare() {
    // code: Docs/writing-a-cell.md 8
    let mine = CellDescription.named("update-gate-network", variant: "the gate's bias starts at 1") {
      UpdateGateNetwork(inputSize: $0, hiddenSize: $1, using: &$2)
    }
    let results = Comparison(cells: [mine] + CellCatalog.standard, tasks: [SequenceTask.adding(length: 30)], seeds: 2)
      .run()
    print(results.text)
    for run in results.runs { print(run.json.line) }
    // end
  }

  @Test("cells with other states have right derivatives through time")
  func otherStates() {
    func check(_ cell: some RecurrentCell) {
      var random = RandomSource(seed: 3)
      for (_, parameter) in cell.parameters where parameter.shape.rank == 1 {
        parameter.value = DenseArray.normal(parameter.shape, standardDeviation: 0.3, using: &random)
      }
      let inputs = DenseArray.normal([4, 2, 3], using: &random)
      let layer = Recurrent(cell)
      let report = checkGradients(of: layer, at: [inputs]) { _, inputs in layer(inputs[0]).outputs }
      #expect(report.passed, "\(report)")
      #expect(report.unused == [])
    }
    var random = RandomSource(seed: 3)
    check(CoupledOscillators(inputSize: 3, hiddenSize: 4, using: &random))
    check(AveragingNetwork(hidden: Gate(inputSize: 3, hiddenSize: 4, using: &random)))
    check(AntisymmetricNetwork(inputSize: 3, hiddenSize: 4, using: &random))
  }

  @Test("an input of the wrong size stops with the line that is shown")
  func wrongSize() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let cell = UpdateGateNetwork(inputSize: 3, hiddenSize: 4, using: &random)
      _ = Recurrent(cell)(Tape().zeros([5, 2, 8]))
    }
    let shown = try printed(2)
    #expect(message(of: result) == shown)
  }

  @Test("changing a parameter under an open tape stops with the line that is shown")
  func openTape() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let cell = UpdateGateNetwork(inputSize: 3, hiddenSize: 4, using: &random)
      let tape = Tape()
      _ = Recurrent(cell)(tape.zeros([5, 2, 3]))
      cell.update.bias?.value = DenseArray(zeros: [4])
    }
    let shown = try printed(3)
    #expect(message(of: result) == shown)
  }

  @Test("the first infinity is found where it is shown")
  func nonFinite() throws {
    var lines: [String] = []
    func print(_ items: Any...) { lines.append(items.map { "\($0)" }.joined(separator: " ")) }
    var random = RandomSource(seed: 1)
    let cell = UpdateGateNetwork(inputSize: 3, hiddenSize: 4, using: &random)
    // code: Docs/writing-a-cell.md 12
    let tape = Tape()
    tape.detectsNonFinite = true
    var inputs = DenseArray(zeros: [3, 1, 3])
    inputs[1, 0, 2] = .infinity
    let outputs = Recurrent(cell)(tape.constant(inputs)).outputs
    print(outputs.shape, tape.firstNonFinite?.description ?? "all finite")
    // end
    let shown = try printed(4)
    #expect(shown == lines.joined(separator: "\n"))
  }

  /// The line that a process ended with, without the place in the library's source.
  private func message(of result: ExitTest.Result?) -> String {
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    guard let start = output.range(of: "Fatal error: ")?.lowerBound else { return output }
    return String(output[start...].prefix { $0 != "\n" })
  }
}
