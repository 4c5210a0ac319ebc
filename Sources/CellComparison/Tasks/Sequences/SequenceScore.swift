internal import DenseArrays

/// How many answers and sequences are right.
///
/// A number is right when it is off by at most 0.04 (Hochreiter and Schmidhuber 1997), a set of bits when all are on their
/// side of one half, a class when it is the likeliest, and where several classes are acceptable, when these are the
/// likeliest ones. A sequence is right when all its answers are.
struct SequenceScore {
  /// The answers that were due.
  private(set) var answers = 0
  /// Those that were right.
  private(set) var answersRight = 0
  /// The sequences.
  private(set) var sequences = 0
  /// Those with every answer right.
  private(set) var sequencesRight = 0
  /// The sum over batches of the mean loss of a batch's answers times their number.
  private(set) var lossSum = 0.0

  /// The mean loss of an answer: squared error, or nats.
  var loss: Double { lossSum / Double(answers) }

  private static let tolerance: Float = 0.04

  /// Adds a batch.
  ///
  /// - Parameters:
  ///   - outputs: The outputs, float32 [answers, batch, outputs]; logits for bits and classes.
  ///   - batch: What was right.
  ///   - loss: The mean loss of the answers that were due.
  mutating func add(_ outputs: DenseArray, on batch: SequenceBatch, loss: Double = 0) {
    let (steps, count, size) = (outputs.shape[0], outputs.shape[1], outputs.shape[2])
    let weights = batch.weights?.elements
    let values = outputs.withUnsafeElements(of: Float.self) { Array($0) }
    let targets = batch.answers.array.elements
    var due = 0
    for row in 0..<count {
      var isRight = true
      for step in 0..<steps {
        let position = step * count + row
        if let weights, weights[position] == 0 { continue }
        due += 1
        let answer = values[position * size..<(position + 1) * size]
        let right =
          switch batch.answers {
          case .numbers: answer.indices.allSatisfy { abs(answer[$0] - Float(targets[$0])) <= Self.tolerance }
          case .bits: answer.indices.allSatisfy { (answer[$0] > 0) == (targets[$0] == 1) }
          case .classes:
            Self.areLikeliest(batch.acceptable?[position] ?? 1 << UInt64(targets[position]), in: answer)
          }
        if right { answersRight += 1 } else { isRight = false }
      }
      if isRight { sequencesRight += 1 }
    }
    answers += due
    sequences += count
    lossSum += loss * Double(due)
  }

  /// Whether the classes of a set all have larger logits than all others.
  private static func areLikeliest(_ set: UInt64, in logits: ArraySlice<Float>) -> Bool {
    var smallestInside = Float.infinity
    var largestOutside = -Float.infinity
    var isFinite = true
    for (index, logit) in logits.enumerated() {
      isFinite = isFinite && logit.isFinite
      if (set >> UInt64(index)) & 1 == 1 {
        smallestInside = min(smallestInside, logit)
      } else {
        largestOutside = max(largestOutside, logit)
      }
    }
    return isFinite && smallestInside > largestOutside
  }
}
