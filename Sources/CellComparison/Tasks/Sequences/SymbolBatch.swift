internal import DenseArrays

/// Sequences of symbols that grow symbol by symbol into a batch; shorter ones are filled up behind their ends.
struct SymbolBatch {
  /// A symbol put in and what is right after it.
  struct Step {
    /// The symbol.
    let symbol: Int
    /// The class that is right, or nil where no answer is due.
    var answer: Int?
    /// The classes that may come, a bit each.
    var acceptable: UInt64 = 0
  }

  /// The sequences.
  let rows: [[Step]]
  /// The number of symbols.
  let alphabet: Int

  /// The steps of the longest sequence.
  private let steps: Int

  init(rows: [[Step]], alphabet: Int) {
    self.rows = rows
    self.alphabet = alphabet
    steps = rows.map(\.count).max() ?? 0
  }

  /// The symbols as vectors with a single 1, [steps, batch, alphabet], all zero behind a sequence's end.
  private var inputs: DenseArray {
    var values = [Float](repeating: 0, count: steps * rows.count * alphabet)
    for (index, row) in rows.enumerated() {
      for (step, entry) in row.enumerated() { values[(step * rows.count + index) * alphabet + entry.symbol] = 1 }
    }
    return DenseArray(values, shape: [steps, rows.count, alphabet])
  }

  /// One number for each of the last `answers` steps and each sequence.
  private func table<Value>(_ answers: Int, _ filler: Value, _ value: (Step) -> Value) -> [Value] {
    var values = [Value](repeating: filler, count: answers * rows.count)
    for (index, row) in rows.enumerated() {
      for (step, entry) in row.enumerated() where step >= steps - answers {
        values[(step - steps + answers) * rows.count + index] = value(entry)
      }
    }
    return values
  }

  /// The batch whose answers are classes, due wherever a step has one.
  ///
  /// - Parameters:
  ///   - answerSteps: After how many steps at the end answers may be due; nil for all.
  ///   - ranksAcceptable: Whether the acceptable classes count instead of the answer.
  func classes(answerSteps: Int? = nil, ranksAcceptable: Bool = false) -> SequenceBatch {
    let answers = answerSteps ?? steps
    let weights = table(answers, Float(0)) { $0.answer == nil ? 0 : 1 }
    return SequenceBatch(
      inputs: inputs,
      answers: .classes(DenseArray(table(answers, Int32(0)) { Int32($0.answer ?? 0) }, shape: [answers, rows.count])),
      weights: weights.contains(0) ? DenseArray(weights, shape: [answers, rows.count]) : nil,
      acceptable: ranksAcceptable ? table(answers, 0, \.acceptable) : nil)
  }

  /// The batch whose answers are the sets of acceptable classes, due at all steps of a sequence.
  func sets(of classes: Int) -> SequenceBatch {
    let sets = table(steps, UInt64(0), \.acceptable)
    let weights = table(steps, Float(0)) { _ in 1 }
    let bits = sets.flatMap { set in (0..<classes).map { Float((set >> UInt64($0)) & 1) } }
    return SequenceBatch(
      inputs: inputs, answers: .bits(DenseArray(bits, shape: [steps, rows.count, classes])),
      weights: weights.contains(0) ? DenseArray(weights, shape: [steps, rows.count]) : nil)
  }
}
