import DenseArrays
import Testing

@testable import CellComparison

@Suite("The adding automaton")
struct AddingAutomatonTests {
  @Test("adds, with the answers late by the delay, and has no two states that do the same", arguments: 0...3)
  func adds(delay: Int) {
    let machine = MooreMachine.adder(delay: delay)
    #expect(machine.stateCount == 4 << delay)
    #expect(machine.minimized() == machine)
    var random = RandomSource(seed: 3)
    for _ in 0..<20 {
      let (a, b) = (UInt64.random(in: 0..<1 << 40, using: &random), UInt64.random(in: 0..<1 << 40, using: &random))
      var (state, sum): (Int, UInt64) = (0, 0)
      for step in 0..<41 + delay {
        let symbol = step < 64 ? Int(2 * (a >> UInt64(step) & 1) + (b >> UInt64(step) & 1)) : 0
        state = machine.successors[state][symbol] ?? -1
        if step >= delay { sum += UInt64(machine.outputs[state]) << UInt64(step - delay) }
      }
      #expect(sum == a + b)
    }
  }

  @Test("with one digit it is the automaton of the textbooks")
  func textbook() {
    #expect(MooreMachine.adder() == MooreMachineTests.adder)
    #expect(
      (0..<4).map { MooreMachine.adderStateName($0, delay: 0) }
        == ["carry 0, digit 0", "carry 0, digit 1", "carry 1, digit 0", "carry 1, digit 1"])
    #expect(MooreMachine.adderStateName(6, delay: 1) == "carry 1, digits 10")
    #expect(MooreMachine.adderStateNote(6, delay: 1) == "c1 10")
    #expect(MooreMachine.adderStateNote(1, delay: 0) == "carry 0")
  }

  @Test("machines that differ in their numbering alone are told to be the same", arguments: 0..<20)
  func isomorphism(seed: UInt64) {
    var random = RandomSource(seed: seed)
    let adder = MooreMachine.adder(delay: 1)
    let order = random.permutation(of: adder.stateCount)
    var outputs = [Int](repeating: 0, count: adder.stateCount)
    var successors = [[Int?]](repeating: [], count: adder.stateCount)
    for (state, number) in order.enumerated() {
      outputs[number] = adder.outputs[state]
      successors[number] = adder.successors[state].map { $0.map { order[$0] } }
    }
    let map = MooreMachine(outputs: outputs, successors: successors).isomorphism(to: adder)
    #expect(order.map { map?[$0] } == Array(0..<8))
  }

  @Test("machines that do something else, or have other states, are not the same")
  func noIsomorphism() {
    let adder = MooreMachine.adder()
    let wrong = MooreMachine(
      outputs: adder.outputs, successors: [[0, 1, 1, 2], [0, 1, 1, 2], [1, 2, 2, 3], [1, 2, 2, 2]])
    #expect(wrong.isomorphism(to: adder) == nil)
    #expect(MooreMachine(outputs: [1, 0, 1, 1], successors: adder.successors).isomorphism(to: adder) == nil)
    #expect(MooreMachine.adder(delay: 1).isomorphism(to: adder) == nil)
    let unknown = MooreMachine(outputs: adder.outputs, successors: [[0, 1, 1, nil]] + adder.successors.dropFirst())
    #expect(unknown.isomorphism(to: adder) == nil && unknown.isomorphism(to: unknown) == [0, 1, 2, 3])
    #expect(MooreMachine(outputs: [], successors: []).isomorphism(to: adder) == nil)
  }

  @Test("states are merged into those that do the same")
  func merging() {
    // An adder whose state 4 does what state 1 does.
    let machine = MooreMachine(
      outputs: [0, 1, 0, 1, 1],
      successors: [[0, 4, 1, 2], [0, 1, 4, 2], [1, 2, 2, 3], [4, 2, 2, 3], [0, 4, 4, 2]])
    let (merged, states) = machine.merged()
    #expect(merged == MooreMachine.adder() && states == [0, 1, 2, 3, 1])
  }

  @Test("as a table: outputs, what follows, and the start")
  func table() {
    let machine = MooreMachine(outputs: [0, 1], successors: [[0, 1], [nil, 0]])
    #expect(
      machine.table(symbols: ["0", "1"], start: 0, names: ["even", "odd"]).text == """
        state   puts out  after 0  after 1
        ------  --------  -------  -------
        > even         0  even     odd
          odd          1  -        even

        """)
  }
}
