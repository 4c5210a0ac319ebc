import Autodiff
import DenseArrays
import Foundation
import Layers
import Testing

@testable import CellComparison

@Suite("Recorded gates")
struct GateRecordingTests {
  private let cell: LSTM
  private let inputs: DenseArray
  private let weights: DenseArray

  init() {
    var random = RandomSource(seed: 5)
    cell = LSTM(inputSize: 3, hiddenSize: 4, using: &random)
    cell.convert(to: .float64)
    inputs = DenseArray.normal([6, 2, 3], .float64, using: &random)
    weights = DenseArray.normal([6, 2, 4], .float64, using: &random)
  }

  private func rows(_ array: DenseArray) -> [[Double]] { (0..<array.shape[0]).map { array.row($0).elements } }

  private func loss(_ outputs: Variable) -> Variable { (outputs * outputs.tape.constant(weights)).sum() }

  private func recording(isUnrolled: Bool = false, sequence: Int = 1, steps: Range<Int>? = nil) -> GateRecording {
    GateRecording(of: Recurrent(cell, isUnrolled: isUnrolled), on: inputs, sequence: sequence, steps: steps, loss: loss)
  }

  @Test("all named values of the step are recorded, then states and output")
  func names() {
    #expect(
      recording().maps.map(\.name) == [
        "input gate", "forget gate", "candidate", "output gate", "memory", "state 1", "state 2", "output",
      ])
    #expect(recording().layer == "LSTM")
  }

  // Some tens of operations on numbers of size 1.
  @Test("values are those of the equations, of the chosen sequence and steps")
  func values() throws {
    let whole = recording()
    let h = rows(try #require(whole["state 1"]).values)
    let c = rows(try #require(whole["state 2"]).values)
    for (name, gate) in [("forget gate", cell.forget), ("input gate", cell.input), ("output gate", cell.output)] {
      let found = rows(try #require(whole[name]).values)
      #expect(found.count == 6)
      for t in 0..<6 {
        let (x, before) = (inputs.row(t).row(1).elements, t > 0 ? h[t - 1] : [0, 0, 0, 0])
        for unit in 0..<4 {
          var sum = try #require(gate.bias).value[unit]
          for (k, number) in x.enumerated() { sum += gate.inputWeights.value[unit, k] * number }
          for (k, number) in before.enumerated() { sum += gate.recurrentWeights.value[unit, k] * number }
          #expect(abs(found[t][unit] - 1 / (1 + Foundation.exp(-sum))) < 1e-14)
        }
      }
    }
    let o = rows(try #require(whole["output gate"]).values)
    let (output, memory) = (try #require(whole["output"]).values, try #require(whole["memory"]).values)
    #expect(rows(output) == h && rows(memory) == c)
    for (o, (h, c)) in zip(o, zip(h, c)) {
      for unit in 0..<4 { #expect(abs(h[unit] - o[unit] * Foundation.tanh(c[unit])) < 1e-14) }
    }
    let part = recording(steps: 2..<5)
    #expect(part.steps == 2..<5)
    for map in part.maps {
      let full = try #require(whole[map.name])
      #expect(map.values == full.values.slice(2..<5))
      #expect(map.gradients == full.gradients.map { $0.slice(2..<5) })
    }
  }

  @Test("gradients at the last step are those by hand")
  func lastGradients() throws {
    let whole = recording()
    let w = weights.row(5).row(1).elements
    func row(_ name: String, _ step: Int) throws -> [Double] { try #require(whole[name]).values.row(step).elements }
    func gradient(_ name: String) throws -> [Double] { try #require(whole[name]?.gradients).row(5).elements }
    let (o, c, before) = (try row("output gate", 5), try row("state 2", 5), try row("state 2", 4))
    for unit in 0..<4 {
      let tanh = Foundation.tanh(c[unit])
      #expect(abs(try gradient("output")[unit] - w[unit]) < 1e-14)
      #expect(abs(try gradient("output gate")[unit] - w[unit] * tanh) < 1e-14)
      let memory = w[unit] * o[unit] * (1 - tanh * tanh)
      #expect(abs(try gradient("memory")[unit] - memory) < 1e-14)
      #expect(abs(try gradient("forget gate")[unit] - memory * before[unit]) < 1e-14)
      // Nothing comes after the last memory that is handed on.
      #expect(try gradient("state 2")[unit] == 0)
    }
  }

  // Central differences with step 1e-5 of a loss near 1: 1e-10.
  @Test("gradients by states are differences of what comes after", arguments: [false, true])
  func stateGradients(isUnrolled: Bool) throws {
    let whole = recording(isUnrolled: isUnrolled)
    let layer = Recurrent(cell)
    let step = 2
    func rest(_ change: Double, unit: Int) throws -> Double {
      let tape = Tape(scalarType: .float64)
      let (_, state) = layer(tape.constant(inputs.slice(0..<step + 1)))
      var memory = state.memory.value
      memory[1, unit] += change
      let start = LSTM.State(hidden: state.hidden, memory: tape.constant(memory))
      let outputs = layer(tape.constant(inputs.slice(step + 1..<6)), from: start).outputs
      return (outputs * tape.constant(weights.slice(step + 1..<6))).sum().item
    }
    for unit in 0..<4 {
      let difference = (try rest(1e-5, unit: unit) - rest(-1e-5, unit: unit)) / 2e-5
      let found = try #require(whole["state 2"]?.gradients)[step, unit]
      #expect(abs(found - difference) < 1e-9)
    }
  }

  @Test("a recording without a loss has no gradients")
  func withoutLoss() {
    let recording = GateRecording(of: Recurrent(cell), on: inputs)
    #expect(recording.maps.allSatisfy { $0.gradients == nil && $0.values.shape[0] == 6 })
  }

  @Test("every cell of the catalogue can be recorded, with finite numbers", arguments: CellCatalog.all)
  func everyCell(description: CellDescription) {
    var random = RandomSource(seed: 2)
    func check(_ cell: some RecurrentCell) {
      let recording = GateRecording(of: Recurrent(cell), on: inputs.converted(to: .float32)) { square($0).sum() }
      #expect(Set(recording.maps.map(\.name)).count == recording.maps.count)
      #expect(recording["output"] != nil)
      for map in recording.maps {
        #expect(map.values.shape.rank == 2 && map.values.shape[0] == 6)
        #expect(map.gradients?.shape == map.values.shape)
        let areFinite = (map.values.elements + (map.gradients?.elements ?? [])).allSatisfy { $0.isFinite }
        #expect(areFinite, "\(map.name)")
      }
    }
    check(description.makeCell(3, 4, &random))
  }

  @Test("steps and sequences that are not there stop")
  func mistakes() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 5)
      let layer = Recurrent(LSTM(inputSize: 3, hiddenSize: 4, using: &random))
      _ = GateRecording(of: layer, on: DenseArray(zeros: [6, 2, 3]), sequence: 2)
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      output.contains("Fatal error: GateRecording: steps 0..<6 of sequence 2 of inputs of shape [6, 2, 3]\n"))
  }
}
