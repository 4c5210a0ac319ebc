import Autodiff
import DenseArrays
import Foundation
import Layers
import Testing

/// Cells as their users write them, beside those of the library.

struct MinimalGatedUnit: SimpleRecurrentCell {  // one state, which is the output
  let forget, candidate: Gate  // W x + U h + b
  func step(_ x: Variable, _ h: Variable) -> Variable {
    let f = sigmoid(forget(x, h))
    let c = tanh(candidate(x, f * h))
    return (1 - f) * h + f * c
  }
}

/// A cell without a gate, whose recurrent weights U - U' - gamma are computed once a sequence.
struct Antisymmetric: SimpleRecurrentCell {
  let input: Linear
  let weights: Parameter
  var recurrent: Variable?
  var stateSize: Int { weights.shape[0] }

  func prepared(on tape: Tape) -> Antisymmetric {
    var copy = self
    let u = tape.parameter(weights)
    var identity = DenseArray(zeros: weights.shape, tape.scalarType)
    for index in 0..<stateSize { identity[index, index] = 0.1 }
    copy.recurrent = u - u.transposed() - tape.constant(identity)
    return copy
  }

  func step(_ x: Variable, _ h: Variable) -> Variable {
    guard let recurrent else { return h }
    return h + 0.5 * tanh(input(x) + matmul(h, recurrent, transposeSecond: true))
  }
}

/// A cell whose output is smaller than its memory, with a ready-made pair as its state: [batch, r] and [batch, n].
struct ProjectedLSTM: RecurrentCell {
  let input, forget, candidate, output: Gate
  let projection: Linear

  func zeroState(batch: Int, on tape: Tape) -> StatePair<Variable, Variable> {
    StatePair(tape.zeros([batch, input.recurrentSize]), tape.zeros([batch, input.hiddenSize]))
  }

  func step(
    _ x: Variable, _ state: StatePair<Variable, Variable>, _ context: StepContext
  ) -> (output: Variable, state: StatePair<Variable, Variable>) {
    let h = state.first
    let c = sigmoid(forget(x, h)) * state.second + sigmoid(input(x, h)) * tanh(candidate(x, h))
    let y = projection(sigmoid(output(x, h)) * tanh(c))
    return (y, StatePair(y, c))
  }
}

/// Memory as a matrix: a state of [batch, n, n], [batch, n] and [batch, 1].
struct MatrixMemory: RecurrentCell {
  struct State: RecurrentState {
    var memory, normalizer, maximum: Variable
    func map(_ transform: (Variable) -> Variable) -> State {
      State(memory: transform(memory), normalizer: transform(normalizer), maximum: transform(maximum))
    }
  }

  let query, key, value, input, forget: Linear

  func zeroState(batch: Int, on tape: Tape) -> State {
    let n = query.outputSize
    return State(
      memory: tape.zeros([batch, n, n]), normalizer: tape.zeros([batch, n]),
      maximum: tape.constant(-1e9, shape: [batch, 1]))
  }

  func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    let n = query.outputSize
    let k = key(x) / Double(n).squareRoot()
    let logForget = -softplus(-forget(x))
    let i = input(x)
    let m = maximum(logForget + state.maximum, i)
    let gain = exp(i - m)
    let decay = exp(logForget + state.maximum - m)
    let outer = matmul(value(x).expanded(axis: -1), k.expanded(axis: 1))
    let memory = decay.expanded(axis: -1) * state.memory + gain.expanded(axis: -1) * outer
    let normalizer = decay * state.normalizer + gain * k
    let q = query(x)
    let read = matmul(memory, q.expanded(axis: -1)).reshaped(to: q.shape)
    let scale = maximum(abs((normalizer * q).sum(axes: [-1], keepingAxes: true)), exp(-m))
    return (read / scale, State(memory: memory, normalizer: normalizer, maximum: m))
  }
}

@Suite("Golden values from the papers' equations")
struct CellGoldenTests {
  private let cases: Fixture

  init() throws { cases = try Fixture("cells") }

  /// The k-th number of all parameters.
  private static func filling(_ k: Int) -> Double {
    let angle: Double = 1.7 * Double(k + 1)
    return 0.4 * Foundation.sin(angle)
  }

  /// The k-th number of the inputs.
  private static func input(_ k: Int) -> Double {
    let angle: Double = 0.9 * Double(k) + 0.3
    return 0.5 * Foundation.cos(angle)
  }

  /// Fills the parameters of a case in its order, the names of which `names` maps to ours, and compares all outputs.
  ///
  /// The tolerance: four steps of some ten operations on numbers of size 1, each good to 1e-16.
  private func check<Cell: RecurrentCell>(
    _ key: String, _ names: [String: String], _ makeCell: (_ d: Int, _ n: Int, inout RandomSource) -> Cell
  ) throws {
    let golden = try cases[key]
    let (d, n) = (try golden["d"].integer, try golden["n"].integer)
    var random = RandomSource(seed: 2)
    let cell = makeCell(d, n, &random)
    cell.convert(to: .float64)
    var values: [(name: String, array: DenseArray)] = []
    var k = 0
    for (name, shape) in zip(try golden["order"].strings, try golden["shapes"].shapes) {
      let elements = (k..<k + shape.count).map(Self.filling)
      k += shape.count
      let ours = try #require(names[name])
      let parameter = try #require(cell.parameters[ours], "\(ours) of \(cell.parameters.map(\.name))")
      values.append((ours, DenseArray(elements, shape: shape).reshaped(to: parameter.shape)))
    }
    try cell.load(values)

    let steps = try golden["T"].integer
    let inputs = (0..<steps * d).map(Self.input)
    let tape = Tape(scalarType: .float64)
    let (outputs, _) = Recurrent(cell)(tape.constant(DenseArray(inputs, shape: [steps, 1, d])))
    let expected = try golden["y_all"].array
    expectClose(
      outputs.value.reshaped(to: [steps, outputs.shape[2]]), expected, tolerance: 1e-12, key)
  }

  /// Names of gates: ["Wi": "input.inputWeights", ...].
  private func gates(_ letters: [String: String]) -> [String: String] {
    var names: [String: String] = [:]
    for (letter, gate) in letters {
      names["W\(letter)"] = "\(gate).inputWeights"
      names["U\(letter)"] = "\(gate).recurrentWeights"
      names["b\(letter)"] = "\(gate).bias"
    }
    return names
  }

  private static let lstmGates = ["i": "input", "f": "forget", "g": "candidate", "o": "output"]

  @Test("Elman", arguments: [("elman_tanh", Activation.tanh), ("elman_relu", .relu)])
  func elman(key: String, activation: Activation) throws {
    try check(key, gates(["": "hidden"])) {
      Elman(inputSize: $0, hiddenSize: $1, activation: activation, using: &$2)
    }
  }

  @Test("LSTM")
  func lstm() throws {
    try check("lstm", gates(Self.lstmGates)) { LSTM(inputSize: $0, hiddenSize: $1, using: &$2) }
  }

  @Test("GRU, reset before")
  func gruResetBefore() throws {
    try check("gru_before", gates(["r": "reset", "z": "update", "c": "candidate"])) {
      GRUResetBefore(inputSize: $0, hiddenSize: $1, using: &$2)
    }
  }

  @Test("a cell of one state written by a user")
  func minimalGatedUnit() throws {
    try check("mgu", gates(["f": "forget", "c": "candidate"])) { d, n, random in
      MinimalGatedUnit(
        forget: Gate(inputSize: d, hiddenSize: n, using: &random),
        candidate: Gate(inputSize: d, hiddenSize: n, using: &random))
    }
  }

  @Test("a cell with weights that are computed once a sequence")
  func antisymmetric() throws {
    try check("antisymmetric", ["W": "input.weights", "U": "weights", "b": "input.bias"]) { d, n, random in
      Antisymmetric(
        input: Linear(inputSize: d, outputSize: n, using: &random),
        weights: Parameter(Initializer.orthogonal()([n, n], using: &random)))
    }
  }

  @Test("a cell whose output and state differ in size")
  func projection() throws {
    var names = gates(Self.lstmGates)
    names["Wp"] = "projection.weights"
    try check("lstm_proj", names) { d, n, random in
      func gate() -> Gate { Gate(inputSize: d, hiddenSize: n, recurrentSize: 2, using: &random) }
      return ProjectedLSTM(
        input: gate(), forget: gate(), candidate: gate(), output: gate(),
        projection: Linear(inputSize: n, outputSize: 2, biasInitializer: nil, using: &random))
    }
  }

  @Test("a cell whose state is a matrix")
  func matrixMemory() throws {
    let names = [
      "Wq": "query.weights", "Wk": "key.weights", "Wv": "value.weights", "wi": "input.weights", "wf": "forget.weights",
      "bi": "input.bias", "bf": "forget.bias",
    ]
    try check("mlstm_x", names) { d, n, random in
      func linear(_ size: Int, _ bias: Initializer?) -> Linear {
        Linear(inputSize: d, outputSize: size, biasInitializer: bias, using: &random)
      }
      return MatrixMemory(
        query: linear(n, nil), key: linear(n, nil), value: linear(n, nil), input: linear(1, .zeros),
        forget: linear(1, .zeros))
    }
  }
}
