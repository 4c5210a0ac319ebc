import DenseArrays
import Testing

@testable import CellComparison

@Suite("Moore machines")
struct MooreMachineTests {
  /// The adding automaton of the textbooks: carry 0 and 1, each with the digits 0 and 1 just put out. Inputs 00, 01, 10, 11.
  static let adder = MooreMachine(
    outputs: [0, 1, 0, 1],
    successors: [[0, 1, 1, 2], [0, 1, 1, 2], [1, 2, 2, 3], [1, 2, 2, 3]])

  @Test("the adding automaton is minimal already")
  func adderIsMinimal() {
    #expect(Self.adder.minimized() == Self.adder)
  }

  @Test("an adder that remembers the last two digits comes down to the adding automaton")
  func redundantAdder() {
    // State 4 s + symbol, where s is a state of the adder: it remembers what was put in.
    let redundant = MooreMachine(
      outputs: (0..<16).map { Self.adder.outputs[$0 / 4] },
      successors: (0..<16).map { state in
        (0..<4).map { symbol in Self.adder.successors[state / 4][symbol].map { 4 * $0 + symbol } }
      })
    #expect(redundant.minimized() == Self.adder)
  }

  @Test("a transition that is not known is like no other")
  func unknownTransitions() {
    let machine = MooreMachine(outputs: [0, 0, 0, 0], successors: [[1], [0], [nil], [nil]])
    #expect(machine.minimized() == MooreMachine(outputs: [0, 0], successors: [[0], [nil]]))
  }

  @Test("no states", arguments: [0])
  func empty(count: Int) {
    #expect(MooreMachine(outputs: [], successors: []).minimized().stateCount == count)
  }

  /// Which states different words tell apart, found by trying all words up to the number of states; a bound that always
  /// suffices (Moore 1956).
  private func distinguishable(_ machine: MooreMachine, _ first: Int, _ second: Int) -> Bool {
    var pairs: Set<[Int]> = [[first, second]]
    for _ in 0...machine.stateCount {
      if pairs.contains(where: { machine.outputs[$0[0]] != machine.outputs[$0[1]] }) { return true }
      for pair in pairs {
        for (a, b) in zip(machine.successors[pair[0]], machine.successors[pair[1]]) {
          if let a, let b { pairs.insert([a, b]) }
        }
      }
    }
    return false
  }

  @Test("the result behaves the same and has no two states that are alike", arguments: 0..<50)
  func randomMachines(seed: UInt64) {
    var random = RandomSource(seed: seed)
    let count = Int.random(in: 1...12, using: &random)
    let machine = MooreMachine(
      outputs: (0..<count).map { _ in Int.random(in: 0...1, using: &random) },
      successors: (0..<count).map { _ in (0..<2).map { _ in Int.random(in: 0..<count, using: &random) } })
    let small = machine.minimized()
    for first in 0..<small.stateCount {
      for second in 0..<first { #expect(distinguishable(small, first, second)) }
    }
    // State 0 stays first: words from it have the same outputs.
    for _ in 0..<20 {
      var (state, smallState) = (0, 0)
      for _ in 0..<30 {
        #expect(machine.outputs[state] == small.outputs[smallState])
        let symbol = Int.random(in: 0..<2, using: &random)
        state = machine.successors[state][symbol] ?? -1
        smallState = small.successors[smallState][symbol] ?? -1
      }
    }
  }

  @Test("what happened most often counts, and the rest is told")
  func majority() {
    var counts = TransitionCounts(symbolCount: 2, outputCount: 2)
    #expect(counts.countVisit(label: [7], output: 1) == 0)
    #expect(counts.countVisit(label: [9], output: 0) == 1)
    #expect(counts.countVisit(label: [7], output: 0) == 0)
    #expect(counts.countVisit(label: [7], output: 1) == 0)
    for successor in [1, 1, 0] { counts.countTransition(from: 0, symbol: 0, to: successor) }
    counts.countTransition(from: 1, symbol: 1, to: 0)
    #expect(counts.stateCount == 2)
    #expect(counts.majorityMachine == MooreMachine(outputs: [1, 0], successors: [[1, nil], [nil, 0]]))
    // Outputs: 2 of 3 and 1 of 1. Transitions: 2 of 3 and 1 of 1.
    #expect(counts.agreement == 6.0 / 8)
  }
}
