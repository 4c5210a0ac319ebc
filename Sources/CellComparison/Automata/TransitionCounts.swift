/// What was seen of an automaton from outside: how often each labelled state gave which output and came before which.
///
/// A network's hidden units become labels by their signs. A label need not behave as one state; what it did most often
/// counts, and `agreement` says how much of what was seen that explains.
struct TransitionCounts {
  private let symbolCount: Int
  private let outputCount: Int
  private var stateNumbers: [[UInt64]: Int] = [:]
  /// Of each state, how often each output was seen.
  private var outputCounts: [[Int]] = []
  /// Of each state and symbol, how often each successor was seen.
  private var successorCounts: [[[Int: Int]]] = []

  init(symbolCount: Int, outputCount: Int) {
    self.symbolCount = symbolCount
    self.outputCount = outputCount
  }

  /// The number of different labels seen.
  var stateCount: Int { outputCounts.count }

  /// The label of each state.
  var labels: [[UInt64]] { stateNumbers.sorted { $0.value < $1.value }.map(\.key) }

  /// How often each state was visited.
  var visits: [Int] { outputCounts.map { $0.reduce(0, +) } }

  /// Notes a visit to a state.
  ///
  /// - Parameters:
  ///   - label: The state.
  ///   - output: What was put out in it.
  /// - Returns: The state's number, to be passed on to `countTransition`.
  mutating func countVisit(label: [UInt64], output: Int) -> Int {
    let state: Int
    if let known = stateNumbers[label] {
      state = known
    } else {
      state = outputCounts.count
      stateNumbers[label] = state
      outputCounts.append(Array(repeating: 0, count: outputCount))
      successorCounts.append(Array(repeating: [:], count: symbolCount))
    }
    outputCounts[state][output] += 1
    return state
  }

  /// Notes that `successor` came after `state` when `symbol` was put in.
  mutating func countTransition(from state: Int, symbol: Int, to successor: Int) {
    successorCounts[state][symbol][successor, default: 0] += 1
  }

  /// The automaton that does in each state what was seen there most often; of equals, the first.
  var majorityMachine: MooreMachine {
    MooreMachine(
      outputs: outputCounts.map { counts in counts.indices.max { (counts[$0], $1) < (counts[$1], $0) } ?? 0 },
      successors: successorCounts.map { symbols in
        symbols.map(TransitionCounts.mostFrequent)
      })
  }

  /// What was counted most often; of equals, the first. Nil when nothing was.
  static func mostFrequent(_ counts: [Int: Int]) -> Int? {
    counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }

  /// The share of all outputs and transitions seen that the majority machine makes too; 1 when nothing was seen.
  var agreement: Double {
    var agreeing = 0
    var all = 0
    for counts in outputCounts {
      agreeing += counts.max() ?? 0
      all += counts.reduce(0, +)
    }
    for counts in successorCounts.joined() {
      agreeing += counts.values.max() ?? 0
      all += counts.values.reduce(0, +)
    }
    return all == 0 ? 1 : Double(agreeing) / Double(all)
  }
}
