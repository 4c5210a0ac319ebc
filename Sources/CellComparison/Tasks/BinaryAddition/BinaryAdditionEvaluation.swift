internal import DenseArrays

/// How well sums were added, and what automaton the hidden units' signs make.
struct BinaryAdditionEvaluation {
  /// The share of digits that are right.
  private(set) var bitsRight = 0.0
  /// The share of sums all of whose digits are right.
  private(set) var sumsRight = 0.0
  /// What the signs of the outputs do, from the first step on.
  let automaton: HiddenAutomaton

  /// The number of different patterns of signs.
  var patternCount: Int { automaton.patternCount }
  /// The number of states left when patterns that behave alike are merged; nil when there are too many patterns.
  var stateCount: Int? { automaton.merged?.machine.stateCount }
  /// The share of answers and transitions that follow the automaton.
  var agreement: Double { automaton.agreement }

  /// Judges the answers of a network.
  ///
  /// - Parameters:
  ///   - data: What was put in and asked for.
  ///   - delay: By how many steps the answers come later.
  ///   - outputs: The cell's outputs, float32 [steps, batch, hidden].
  ///   - logits: The answers, positive for 1, float32 [steps, batch, 1].
  init(_ data: BinaryAdditionData.Batch, delay: Int, outputs: DenseArray, logits: DenseArray) {
    let steps = data.targets.shape[0]
    let count = data.targets.shape[1]
    let hiddenSize = outputs.shape[2]
    automaton = outputs.withUnsafeElements(of: Float.self) { outputs in
      logits.withUnsafeElements(of: Float.self) { logits in
        var counts = TransitionCounts(symbolCount: 4, outputCount: 2)
        var firsts = [[Int: Int]](repeating: [:], count: 4)
        for index in 0..<count {
          var before: Int?
          for step in 0..<steps {
            let row = step * count + index
            let symbol = Int(data.symbols[row])
            let signs = Self.signs(outputs[row * hiddenSize..<(row + 1) * hiddenSize])
            let state = counts.countVisit(label: signs, output: logits[row] > 0 ? 1 : 0)
            if let before {
              counts.countTransition(from: before, symbol: symbol, to: state)
            } else {
              firsts[symbol][state, default: 0] += 1
            }
            before = state
          }
        }
        return HiddenAutomaton(counts, firstPatterns: firsts.map(TransitionCounts.mostFrequent))
      }
    }
    logits.withUnsafeElements(of: Float.self) { logits in
      data.targets.withUnsafeElements(of: Float.self) { targets in
        countRight(logits, targets, steps: steps, count: count, delay: delay)
      }
    }
  }

  private mutating func countRight(
    _ logits: UnsafeBufferPointer<Float>, _ targets: UnsafeBufferPointer<Float>, steps: Int, count: Int, delay: Int
  ) {
    var bits = 0
    var sums = 0
    for index in 0..<count {
      var right = 0
      for step in delay..<steps where (logits[step * count + index] > 0) == (targets[step * count + index] > 0.5) {
        right += 1
      }
      bits += right
      if right == steps - delay { sums += 1 }
    }
    bitsRight = Double(bits) / Double(count * (steps - delay))
    sumsRight = Double(sums) / Double(count)
  }

  /// One bit an element, set where it is positive.
  private static func signs(_ elements: Slice<UnsafeBufferPointer<Float>>) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: (elements.count + 63) / 64)
    for (offset, element) in elements.enumerated() where element > 0 {
      words[offset / 64] |= 1 << UInt64(offset % 64)
    }
    return words
  }

  /// The result for tables and files.
  var evaluation: Evaluation {
    Evaluation(
      value: bitsRight,
      details: [
        .init("sums-right", sumsRight, format: .share),
        .init("sign-patterns", Double(patternCount), format: .count),
        .init("merged-states", stateCount.map(Double.init), format: .count),
        .init("automaton-agreement", agreement, format: .share),
      ])
  }
}
