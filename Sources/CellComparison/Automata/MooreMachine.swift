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
  public func minimized() -> MooreMachine { merged().machine }

  /// The machine that `minimized` gives, and for each state of this one the state of it that does the same.
  func merged() -> (machine: MooreMachine, states: [Int]) {
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
    let machine = MooreMachine(
      outputs: firstStates.map { outputs[$0] },
      successors: firstStates.map { first in successors[first].map { successor in successor.map { groups[$0] } } })
    return (machine, groups)
  }

  /// The same machine with its states in another order, an order of all of them.
  func reordered(_ order: [Int]) -> MooreMachine {
    var places = [Int](repeating: 0, count: stateCount)
    for (place, state) in order.enumerated() { places[state] = place }
    return MooreMachine(
      outputs: order.map { outputs[$0] },
      successors: order.map { state in successors[state].map { successor in successor.map { places[$0] } } })
  }

  /// For each state the state of another machine that stands for it, when both are the same up to the states' numbers and all
  /// of their states can be reached from one of them; else nil.
  ///
  /// Cost: at most a pass over all transitions for each state of the other.
  public func isomorphism(to other: MooreMachine) -> [Int]? {
    guard stateCount == other.stateCount, stateCount > 0 else { return nil }
    for first in outputs.indices {
      for second in other.outputs.indices {
        if let map = isomorphism(to: other, from: first, second) { return map }
      }
    }
    return nil
  }

  private func isomorphism(to other: MooreMachine, from first: Int, _ second: Int) -> [Int]? {
    var map = [Int?](repeating: nil, count: stateCount)
    map[first] = second
    var open = [first]
    while let state = open.popLast(), let counterpart = map[state] {
      guard outputs[state] == other.outputs[counterpart],
        successors[state].count == other.successors[counterpart].count
      else { return nil }
      for (mine, theirs) in zip(successors[state], other.successors[counterpart]) {
        guard let mine, let theirs else {
          if mine == nil && theirs == nil { continue }
          return nil
        }
        if let known = map[mine] {
          guard known == theirs else { return nil }
        } else {
          map[mine] = theirs
          open.append(mine)
        }
      }
    }
    let states = map.compactMap { $0 }
    return Set(states).count == stateCount ? states : nil
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
