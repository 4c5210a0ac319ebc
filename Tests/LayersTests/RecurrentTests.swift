import Autodiff
import DenseArrays
import Layers
import Testing

/// A cell of the library, with its state's type hidden, for tests over all of them.
struct CellCase: CustomTestStringConvertible, Sendable {
  let testDescription: String
  /// The number of parameters for d = 3 inputs and n = 4 hidden units, counted by hand from the equations.
  let parameterCount: Int
  let run: @Sendable (_ body: any CellTest) throws -> Void

  static let all: [CellCase] = [
    // n d + n^2 + n = 12 + 16 + 4.
    CellCase("elman", 32) { Elman(inputSize: 3, hiddenSize: 4, using: &$0) },
    CellCase("elman, relu", 32) { Elman(inputSize: 3, hiddenSize: 4, activation: .relu, using: &$0) },
    CellCase("lstm", 4 * 32) { LSTM(inputSize: 3, hiddenSize: 4, using: &$0) },
    CellCase("gru", 3 * 32 + 4) { GRU(inputSize: 3, hiddenSize: 4, using: &$0) },
    CellCase("gru, reset before", 3 * 32) { GRUResetBefore(inputSize: 3, hiddenSize: 4, using: &$0) },
  ]

  private init<Cell: RecurrentCell>(
    _ name: String, _ count: Int, _ make: @escaping @Sendable (inout RandomSource) -> Cell
  ) {
    testDescription = name
    parameterCount = count
    run = { body in
      var random = RandomSource(seed: 4)
      let cell = make(&random)
      // Biases start at zero; here they are to matter.
      for (_, parameter) in cell.parameters where parameter.shape.rank == 1 {
        parameter.value = DenseArray.normal(parameter.shape, standardDeviation: 0.3, using: &random)
      }
      cell.convert(to: .float64)
      try body.check(cell)
    }
  }
}

/// What is checked of a cell of any type.
protocol CellTest {
  func check<Cell: RecurrentCell>(_ cell: Cell) throws
}

private func inputs(_ shape: Shape, seed: UInt64 = 6) -> DenseArray {
  var random = RandomSource(seed: seed)
  return DenseArray.normal(shape, .float64, using: &random)
}

@Suite("Recurrent layers")
struct RecurrentTests {
  @Test("the number of parameters is the equations'", arguments: CellCase.all)
  func parameterCount(cell: CellCase) throws {
    struct Check: CellTest {
      let count: Int
      func check<Cell: RecurrentCell>(_ cell: Cell) { #expect(cell.parameterCount == count) }
    }
    try cell.run(Check(count: cell.parameterCount))
  }

  @Test("outputs are [time, batch, size], and the last output is the last state's first array", arguments: CellCase.all)
  func shapes(cell: CellCase) throws {
    struct Check: CellTest {
      func check<Cell: RecurrentCell>(_ cell: Cell) {
        let tape = Tape(scalarType: .float64)
        let (outputs, last) = Recurrent(cell)(tape.constant(inputs([5, 2, 3])))
        #expect(outputs.shape == [5, 2, 4])
        #expect(outputs.value.row(4).isBitIdentical(to: last.variables[0].value))
      }
    }
    try cell.run(Check())
  }

  // The same operations on the same numbers, in products of another number of rows: rounding of sums of four.
  @Test("a batch is its sequences one by one", arguments: CellCase.all)
  func batch(cell: CellCase) throws {
    struct Check: CellTest {
      func check<Cell: RecurrentCell>(_ cell: Cell) {
        let tape = Tape(scalarType: .float64)
        let layer = Recurrent(cell)
        let x = tape.constant(inputs([4, 3, 3]))
        let whole = layer(x).outputs
        for row in 0..<3 {
          let alone = layer(x.slice(axis: 1, row..<row + 1)).outputs
          expectClose(
            whole.slice(axis: 1, row..<row + 1).value, alone.value, tolerance: 1e-14, "sequence \(row)")
        }
      }
    }
    try cell.run(Check())
  }

  @Test("a sequence is its chunks, with the state carried over as values or on the tape", arguments: CellCase.all)
  func chunks(cell: CellCase) throws {
    struct Check: CellTest {
      func check<Cell: RecurrentCell>(_ cell: Cell) {
        let data = inputs([6, 2, 3])
        let layer = Recurrent(cell)
        let tape = Tape(scalarType: .float64)
        let whole = layer(tape.constant(data)).outputs.value
        let (first, middle) = layer(tape.constant(data.slice(0..<4)))
        let second = layer(tape.constant(data.slice(4..<6)), from: middle).outputs
        #expect(first.value.isBitIdentical(to: whole.slice(0..<4)))
        #expect(second.value.isBitIdentical(to: whole.slice(4..<6)))
        let carried = middle.values
        tape.reset()
        let again = layer(tape.constant(data.slice(4..<6)), from: cell.state(from: carried, on: tape)).outputs
        #expect(again.value.isBitIdentical(to: whole.slice(4..<6)))
      }
    }
    try cell.run(Check())
  }

  @Test("backward is forward over the reversed sequence", arguments: CellCase.all)
  func backward(cell: CellCase) throws {
    struct Check: CellTest {
      func check<Cell: RecurrentCell>(_ cell: Cell) {
        let tape = Tape(scalarType: .float64)
        let x = tape.constant(inputs([4, 2, 3]))
        let reversed = stack((0..<4).reversed().map { x[$0] })
        let layer = Recurrent(cell)
        let (backward, last) = layer(x, direction: .backward)
        let (forward, lastForward) = layer(reversed)
        for t in 0..<4 { #expect(backward[t].value.isBitIdentical(to: forward[3 - t].value)) }
        #expect(zip(last.values, lastForward.values).allSatisfy { $0.isBitIdentical(to: $1) })
      }
    }
    try cell.run(Check())
  }

  // Central differences of a loss of size 1 with step 1e-5: truncation 1e-10, rounding 1e-16 / 1e-5.
  @Test("a learned initial state starts at the zero state, has names and gets its gradient", arguments: CellCase.all)
  func learnedInitialState(cell: CellCase) throws {
    struct Check: CellTest {
      func check<Cell: RecurrentCell>(_ cell: Cell) throws {
        let layer = Recurrent(cell, learnsInitialState: true)
        let data = inputs([3, 2, 3])
        let tape = Tape(scalarType: .float64)
        func loss() -> Variable {
          tape.reset()
          return square(layer(tape.constant(data)).outputs).sum()
        }
        let plain = square(Recurrent(cell)(tape.constant(data)).outputs).sum().item
        #expect(loss().item == plain)
        let count = cell.zeroState(batch: 1, on: Tape(scalarType: .float64)).variables.count
        #expect(layer.parameters.suffix(count).map(\.name) == (0..<count).map { "initialState.\($0)" })
        let gradients = tape.gradients(of: loss())
        for (index, parameter) in layer.initialState.enumerated() {
          #expect(parameter.shape == [4])
          let gradient = gradients[parameter]
          for position in 0..<4 {
            func shifted(_ step: Double) -> Double {
              tape.reset()
              parameter.update { $0[position] += step }
              defer {
                tape.reset()
                parameter.update { $0[position] -= step }
              }
              return loss().item
            }
            let difference = (shifted(1e-5) - shifted(-1e-5)) / 2e-5
            #expect(abs(difference - gradient[position]) < 1e-8, "state \(index), element \(position)")
          }
        }
      }
    }
    try cell.run(Check())
  }

  @Test("a stacked state and a pair keep the order of their arrays")
  func states() {
    let tape = Tape(scalarType: .float64)
    func v(_ value: Double) -> Variable { tape.constant(value) }
    let state = StatePair([v(1), v(2)], LSTM.State(hidden: v(3), memory: v(4)))
    #expect(state.variables.map(\.item) == [1, 2, 3, 4])
    let doubled = state.combined(with: state) { $0 + $1 }
    #expect(doubled.first[1].item == 4 && doubled.second.memory.item == 8)
    #expect(state.replacing(with: [v(5), v(6), v(7), v(8)]).variables.map(\.item) == [5, 6, 7, 8])
  }

  @Test("the context counts steps from the start of the run, as a number and as a variable")
  func context() {
    struct Counter: RecurrentCell {
      func zeroState(batch: Int, on tape: Tape) -> Variable { tape.zeros([batch, 1]) }
      func step(_ x: Variable, _ h: Variable, _ context: StepContext) -> (output: Variable, state: Variable) {
        let y = x + context.stepIndex + 100 * Double(context.step) + (context.isTraining ? 0.5 : 0)
        return (y, h)
      }
    }
    let tape = Tape(scalarType: .float64)
    let layer = Recurrent(Counter())
    let zeros = tape.zeros([3, 1, 1])
    #expect(layer(zeros).outputs.value.elements == [0, 101, 202])
    #expect(layer(zeros, direction: .backward, isTraining: true).outputs.value.elements == [202.5, 101.5, 0.5])
  }

  @Test("the gates of the library's cells have names in a printed recording")
  func gateNames() {
    var random = RandomSource(seed: 1)
    func text<Cell: RecurrentCell>(_ cell: Cell) -> String {
      let tape = Tape()
      _ = Recurrent(cell, isUnrolled: true)(tape.zeros([1, 2, 3]))
      return tape.text()
    }
    for name in ["input gate", "forget gate", "candidate", "output gate", "memory"] {
      #expect(text(LSTM(inputSize: 3, hiddenSize: 4, using: &random)).contains(" \(name) = "), "\(name)")
    }
    for name in ["reset gate", "update gate", "candidate"] {
      #expect(text(GRU(inputSize: 3, hiddenSize: 4, using: &random)).contains(" \(name) = "), "\(name)")
      #expect(text(GRUResetBefore(inputSize: 3, hiddenSize: 4, using: &random)).contains(" \(name) = "), "\(name)")
    }
  }

  @Test(
    "no steps, no sequences and a missing axis stop",
    arguments: [[0, 2, 3], [2, 0, 3], [2, 3]] as [[Int]])
  func emptyInputs(sizes: [Int]) async {
    let message =
      "LSTM: inputs of shape \(Shape(sizes)); expected [time, batch, features] with at least one step and sequence"
    // An exit test captures nothing, so there is one for each shape.
    switch sizes {
    case [0, 2, 3]:
      let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        run(on: [0, 2, 3])
      }
      expectMessage(message, in: result)
    case [2, 0, 3]:
      let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        run(on: [2, 0, 3])
      }
      expectMessage(message, in: result)
    default:
      let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { run(on: [2, 3]) }
      expectMessage(message, in: result)
    }
  }

  @Test("an input of the wrong size stops with the layer's name and the step")
  func wrongInputSize() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { run(on: [2, 1, 5]) }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("matmul") && output.contains("LSTM, step 0") && output.contains("[1, 5]"))
  }

  @Test("a carried state of the wrong shape stops")
  func wrongState() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let cell = LSTM(inputSize: 3, hiddenSize: 4, using: &random)
      _ = cell.state(from: [DenseArray(zeros: [2, 4])], on: Tape())
    }
    expectMessage("LSTM: a state of shapes [[2, 4]]; expected [[2, 4], [2, 4]]", in: result)
  }

  @Test("a simple cell without a gate has to declare the size of its state")
  func missingStateSize() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      struct Shift: SimpleRecurrentCell {
        func step(_ x: Variable, _ h: Variable) -> Variable { x + h }
      }
      _ = Recurrent(Shift())(Tape().zeros([1, 1, 1]))
    }
    expectMessage("Shift: no Gate to take the size of the state from; declare `var stateSize: Int`", in: result)
  }
}

/// Runs an LSTM of 3 inputs on zeros.
private func run(on shape: Shape) {
  var random = RandomSource(seed: 1)
  let tape = Tape()
  _ = Recurrent(LSTM(inputSize: 3, hiddenSize: 4, using: &random))(tape.zeros(shape))
}
