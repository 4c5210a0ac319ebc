public import DenseArrays

/// Symbols to be given back in order after a long time of nothing.
///
/// `symbolCount` symbols come first, then nothing, in the last step of which a cue, then nothing while the symbols are to be
/// given back: length + 2 x `symbolCount` steps. Source: Hochreiter and Schmidhuber 1997 in the form of Martens and
/// Sutskever 2011 (noiseless memorisation: 5 of 2 symbols or 10 of 5); Arjovsky, Shah and Bengio, "Unitary evolution
/// recurrent neural networks", 2016, section 5.1 (copying: 10 of 8 symbols, "nothing" to be answered before the cue).
public struct Recall: SequenceProblem {
  /// How many symbols there are to remember.
  public let symbolCount: Int
  /// How many different ones there are.
  public let alphabet: Int
  /// T: the steps between the last symbol and the first answer.
  public let length: Int
  /// Whether the answer at the steps before is "nothing", one class more; else only the symbols are asked for.
  public let answersEverywhere: Bool

  /// The problem; counts and lengths below 1 stop.
  public init(symbolCount: Int, alphabet: Int, length: Int, answersEverywhere: Bool) {
    guard symbolCount >= 1, alphabet >= 2, length >= 1 else {
      stop("Recall: \(symbolCount) symbols of \(alphabet) over \(length) steps; expected at least 1 of 2 over 1")
    }
    self.symbolCount = symbolCount
    self.alphabet = alphabet
    self.length = length
    self.answersEverywhere = answersEverywhere
  }

  // The symbols, nothing, and the cue.
  public var inputSize: Int { alphabet + 2 }
  public var outputSize: Int { alphabet + (answersEverywhere ? 1 : 0) }

  /// The nats a step of who answers "nothing" until the cue and guesses then: symbols x ln(alphabet) / steps.
  public var memorylessLoss: Double {
    Double(symbolCount) * PortableMath.logarithm(Double(alphabet)) / Double(length + 2 * symbolCount)
  }

  public func batch(count: Int, using random: inout RandomSource) -> SequenceBatch {
    let steps = length + 2 * symbolCount
    let rows = (0..<count).map { _ in
      let symbols = (0..<symbolCount).map { _ in random.number(below: alphabet) }
      return (0..<steps).map { step in
        let symbol =
          step < symbolCount ? symbols[step] : step == steps - symbolCount - 1 ? alphabet + 1 : alphabet
        let position = step - steps + symbolCount
        return SymbolBatch.Step(
          symbol: symbol, answer: position >= 0 ? symbols[position] : answersEverywhere ? alphabet : nil)
      }
    }
    return SymbolBatch(rows: rows, alphabet: inputSize).classes(answerSteps: answersEverywhere ? nil : symbolCount)
  }
}
