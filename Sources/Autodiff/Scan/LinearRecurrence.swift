internal import DenseArrays

/// The states h(t) = a(t) h(t - 1) + b(t) of all steps, element by element, without a loop over all of them.
///
/// The steps are cut into about as many chunks as a chunk has steps. All chunks are run at once, from zeros, together with
/// the products of their factors; then the states between the chunks are found, and what they add to each step. That
/// takes two loops of about the square root of the number of steps each, and about twice the arithmetic of the loop; where
/// a step has numbers enough to fill the machine, one loop over all steps is run. The numbers are the loop's up to rounding.
///
/// - Parameters:
///   - factors: a, [time, ...].
///   - terms: b, of the same shape.
///   - initial: h before the first step, [...].
///   - isReversed: Run from the last step to the first; row t belongs to row t all the same.
/// - Returns: h after each step, [time, ...]. No steps, and shapes that do not fit, stop.
public func linearRecurrence(
  _ factors: Variable, _ terms: Variable, from initial: Variable, isReversed: Bool = false
) -> Variable {
  let shape = terms.shape
  guard shape.rank > 0, shape[0] > 0, factors.shape == shape, initial.shape == shape.dropFirst else {
    stop(
      "linearRecurrence: factors \(factors.shape), terms \(shape), initial \(initial.shape); expected [time, ...] twice "
        + "and [...]\(terms.tape.scopeSuffix)")
  }
  let (time, size) = (shape[0], shape.dropFirst.count)
  let length = ChunkedRecurrence.chunkLength(time: time, size: size)
  guard length < time else {
    return scan([factors, terms], from: [initial], options: ScanOptions(isReversed: isReversed), name: "recurrence") {
      _, rows, states in
      let h = rows[0] * states[0] + rows[1]
      return ([h], [h])
    }.outputs[0]
  }
  let recurrence = ChunkedRecurrence(time: time, size: size, length: length, isReversed: isReversed)
  return recurrence.run(factors, terms, from: initial).reshaped(to: shape)
}

/// A linear recurrence in chunks of a length.
private struct ChunkedRecurrence {
  let time: Int
  let size: Int
  let length: Int
  let isReversed: Bool

  /// The numbers that the steps done at once should have, so that a step costs more than its administration.
  private static let usefulSize = 4096

  /// The steps of a chunk, all of them where chunks would not help.
  static func chunkLength(time: Int, size: Int) -> Int {
    let chunks = min(Int(Double(time).squareRoot()), usefulSize / max(size, 1))
    return chunks < 4 ? time : (time + chunks - 1) / chunks
  }

  private var count: Int { (time + length - 1) / length }
  /// The steps that fill the last chunk; they are the last to run.
  private var missing: Int { count * length - time }

  func run(_ factors: Variable, _ terms: Variable, from initial: Variable) -> Variable {
    let tape = recordingTape([factors, terms, initial], "linearRecurrence")
    let zeros = tape.constant(0, shape: [count, size], terms.scalarType)
    let ones = tape.constant(1, shape: [count, size], terms.scalarType)
    // Each chunk from zeros, and the factor of what stood before it.
    let within = scan(
      [chunked(factors), chunked(terms)], from: [zeros, ones], options: ScanOptions(isReversed: isReversed),
      name: "chunks"
    ) { _, rows, states in
      let h = rows[0] * states[0] + rows[1]
      let product = rows[0] * states[1]
      return ([h, product], [h, product])
    }
    // What stands before each chunk.
    let between = scan(
      [within.states[1], within.states[0]], from: [initial.reshaped(to: [size])],
      options: ScanOptions(isReversed: isReversed), name: "between chunks"
    ) { _, rows, states in
      (outputs: [states[0]], states: [rows[0] * states[0] + rows[1]])
    }
    let all = pointwise(within.outputs[0], within.outputs[1], between.outputs[0]) { $0 + $1 * $2 }
    let rows = all.transposed([1, 0, 2]).reshaped(to: [count * length, size])
    return rows.slice(axis: 0, isReversed ? missing..<missing + time : 0..<time)
  }

  /// [time, ...] as [step of a chunk, chunk, size].
  private func chunked(_ sequence: Variable) -> Variable {
    var rows = sequence.reshaped(to: [time, size])
    if missing > 0 { rows = rows.padded(axis: 0, before: isReversed ? missing : 0, after: isReversed ? 0 : missing) }
    return rows.reshaped(to: [count, length, size]).transposed([1, 0, 2])
  }
}
