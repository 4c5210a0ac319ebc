/// The automaton that the hidden units of a network make, read from outside.
///
/// The signs of the units are a pattern, and what each pattern did most often is its behaviour. Patterns that behave alike are
/// merged.
struct HiddenAutomaton {
  /// More patterns than this are those of a network that does not compute with its signs, and are not merged.
  static let mostPatterns = 4096

  /// The automaton of the patterns as they were seen.
  let machine: MooreMachine
  /// The automaton of the merged patterns, and the number of its state for each pattern; nil when there are too many.
  let merged: (machine: MooreMachine, states: [Int])?
  /// The signs of the units in each pattern, a bit each, set where it is positive.
  let patterns: [[UInt64]]
  /// How often each pattern was seen.
  let visits: [Int]
  /// The pattern after the first step, for each symbol put in there; nil for symbols that were not.
  let firstPatterns: [Int?]
  /// The share of outputs and transitions that follow the automaton.
  let agreement: Double

  /// Reads an automaton.
  ///
  /// - Parameters:
  ///   - counts: What the patterns did.
  ///   - firstPatterns: The pattern that came most often after the first step, for each symbol.
  init(_ counts: TransitionCounts, firstPatterns: [Int?]) {
    machine = counts.majorityMachine
    merged = counts.stateCount <= Self.mostPatterns ? machine.merged() : nil
    patterns = counts.labels
    visits = counts.visits
    self.firstPatterns = firstPatterns
    agreement = counts.agreement
  }

  /// The number of different patterns.
  var patternCount: Int { machine.stateCount }

  /// The merged state that goes on from where the network starts: of those with the start's successors the one with the
  /// smallest output; nil when there is none.
  var startState: Int? {
    guard let (machine, states) = merged else { return nil }
    let expected = firstPatterns.map { pattern in pattern.map { states[$0] } }
    return machine.successors.indices
      .filter { state in zip(machine.successors[state], expected).allSatisfy { $0 == $1 && $0 != nil } }
      .min { machine.outputs[$0] < machine.outputs[$1] }
  }

  /// The patterns that were merged into a state, in the order in which they were seen first.
  func patterns(ofState state: Int) -> [Int] {
    (merged?.states ?? []).indices.filter { merged?.states[$0] == state }
  }

  /// These patterns as signs, "+-+", of at most 8 units; their number where there are more units.
  func patternText(ofState state: Int, units: Int) -> String {
    let members = patterns(ofState: state)
    guard units <= 8 else { return "\(members.count) \(members.count == 1 ? "pattern" : "patterns")" }
    return members.map { member in
      (0..<units).map { (patterns[member][0] >> UInt64($0)) & 1 == 1 ? "+" : "-" }.joined()
    }.joined(separator: " ")
  }

  /// The share of all steps that were spent in a merged state.
  func share(ofState state: Int) -> Double {
    Double(patterns(ofState: state).reduce(0) { $0 + visits[$1] }) / Double(max(1, visits.reduce(0, +)))
  }
}
