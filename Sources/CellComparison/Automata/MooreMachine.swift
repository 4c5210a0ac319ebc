internal import DenseArrays

/// A finite automaton whose output depends on its state alone, possibly with transitions that were never seen.
///
///     let machine = MooreMachine(outputs: [0, 1], successors: [[0, 1], [1, 0]])   // parity
///     machine.minimized().stateCount  // 2
///
/// Source: Moore, "Gedanken-experiments on sequential machines", 1956.
public struct MooreMachine: Hashable, Sendable {
  /// The output of each state.
  public let outputs: [Int]
  /// The state that follows each state for each input symbol; nil for a transition that is not known.
  public let successors: [[Int?]]

  /// A machine with the given outputs and transitions.
  ///
  /// Different counts of outputs and rows, rows of different lengths and a successor that does not exist stop.
  public init(outputs: [Int], successors: [[Int?]]) {
    guard outputs.count == successors.count else {
      stop("MooreMachine: \(outputs.count) outputs and transitions of \(successors.count) states")
    }
    for row in successors {
      guard row.count == successors[0].count else {
        stop("MooreMachine: states with \(successors[0].count) and with \(row.count) input symbols")
      }
      for case let successor? in row where !outputs.indices.contains(successor) {
        stop("MooreMachine: a transition to state \(successor) of \(outputs.count)")
      }
    }
    self.outputs = outputs
    self.successors = successors
  }

  /// The number of states.
  public var stateCount: Int { outputs.count }

  /// The machine with states merged that no sequence of inputs can tell apart.
  ///
  /// States start out grouped by their outputs, and groups are split by the groups of their successors until nothing
  /// changes. A transition that is not known differs from every known one. A merged state has the number of its group
  /// in the order in which the groups' first states come. Cost: at most one pass over all transitions a state.
  public func minimized() -> MooreMachine {
    var groups = numbered(outputs.map { [Int?.some($0)] })
    while true {
      let signatures = outputs.indices.map { state in
        [Int?.some(groups[state])] + successors[state].map { successor in successor.map { groups[$0] } }
      }
      let refined = numbered(signatures)
      if refined == groups { break }
      groups = refined
    }
    var firstStates: [Int] = []
    for state in outputs.indices where groups[state] == firstStates.count { firstStates.append(state) }
    return MooreMachine(
      outputs: firstStates.map { outputs[$0] },
      successors: firstStates.map { first in successors[first].map { successor in successor.map { groups[$0] } } })
  }

  /// Numbers equal keys alike, in the order of their first appearance.
  private func numbered(_ keys: [[Int?]]) -> [Int] {
    var numbers: [[Int?]: Int] = [:]
    return keys.map { key in
      if let number = numbers[key] { return number }
      numbers[key] = numbers.count
      return numbers.count - 1
    }
  }
}
