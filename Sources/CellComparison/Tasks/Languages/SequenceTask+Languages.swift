internal import DenseArrays

/// Tasks about strings of formal languages.
extension SequenceTask {
  /// Whether a string of bits has an odd number of ones.
  ///
  /// Published: Elman's network and LSTM come to 100 % on lengths 41 to 500 after lengths of up to 40, from every seed
  /// (Delétang et al. 2023, table 2 and appendix B.1), in 1,000,000 steps of 128 strings.
  public static func parity(trainingLengths: ClosedRange<Int> = 1...20, testLengths: [Int]? = nil) -> SequenceTask {
    regular(.parity, "parity", "whether a string of bits has an odd number of ones", trainingLengths, testLengths)
  }

  /// Whether the first and last of a string of bits differ.
  ///
  /// Published: as for parity.
  public static func evenPairs(trainingLengths: ClosedRange<Int> = 2...20, testLengths: [Int]? = nil) -> SequenceTask {
    regular(
      .evenPairs, "even-pairs", "whether a string of bits changes an odd number of times", trainingLengths, testLengths)
  }

  /// The value modulo 5 of a string of digits with +, - and x.
  ///
  /// Published: as for parity.
  public static func modularArithmetic(
    trainingLengths: ClosedRange<Int> = 1...20, testLengths: [Int]? = nil
  ) -> SequenceTask {
    regular(
      .modularArithmetic, "modular-arithmetic", "digits with +, - and x between them, modulo 5", trainingLengths,
      testLengths)
  }

  private static func regular(
    _ question: RegularLanguage.Question, _ name: String, _ summary: String, _ lengths: ClosedRange<Int>,
    _ testLengths: [Int]?
  ) -> SequenceTask {
    let longest = lengths.upperBound
    let tested = testLengths ?? [2 * longest + 1, longest, 10 * longest]
    let training = RegularLanguage(question, lengths: lengths)
    let chance = training.chance(
      length: tested[0] % 2 == 1 || question != .modularArithmetic ? tested[0] : tested[0] - 1)
    return SequenceTask(
      name: name, summary: "\(summary), trained on up to \(longest) symbols, tested on \(tested[0])",
      settings: rangeSettings(lengths, tested),
      metric: .sequencesRight(
        "always giving the most frequent answer gives \(Metric.Format.share.text(chance)); trained on up to 40 symbols, Elman's "
          + "network and LSTM came to 100 % on 41 to 500 (Delétang et al. 2023, table 2)"),
      measure: .sequencesRight, training: training,
      tests: tests(tested) { RegularLanguage(question, lengths: $0...$0) }, trainingSteps: 3000, learningRate: 0.005)
  }

  /// Well-nested brackets of one or more kinds; lengths are in symbols.
  ///
  /// Published: an LSTM of a single unit learns one kind (Suzgun et al. 2019); of several kinds LSTM learn words of lengths that
  /// they were trained on nearly perfectly, and longer ones badly (Bhattamishra, Ahuja and Goyal, "On the practical ability
  /// of recurrent neural networks to recognize hierarchical languages", 2020, abstract).
  public static func dyck(kinds: Int, length: Int = 50, testLengths: [Int]? = nil) -> SequenceTask {
    let tested = testLengths ?? [2 * length, length]
    let chance = Metric.Format.share.text(Dyck.chance(pairs: tested[0] / 2))
    let published =
      kinds == 1
      ? "an LSTM of one unit learnt it (Suzgun et al. 2019)"
      : "LSTM learnt words as long as those of the training, and longer ones badly (Bhattamishra et al. 2020)"
    return SequenceTask(
      name: "dyck-\(kinds)",
      summary:
        "which symbols may come next in well-nested brackets of \(kinds == 1 ? "one kind" : "\(kinds) kinds"), trained on "
        + "up to \(length) symbols, tested on \(tested[0])",
      settings: rangeSettings(2...length, tested),
      metric: .sequencesRight(
        "who sees the last symbol only gets at most \(chance); \(published)"),
      measure: .sequencesRight, training: Dyck(kinds: kinds, pairs: 1...length / 2),
      tests: tests(tested) { Dyck(kinds: kinds, pairs: $0 / 2...$0 / 2) }, trainingSteps: 2000, learningRate: 0.005)
  }

  /// Words a^n b^n; lengths are the largest n.
  ///
  /// Published: LSTM learn to count and go on to longer words, gated recurrent units and tanh nets do not (Weiss, Goldberg and
  /// Yahav, "On the practical computational power of finite precision RNNs for language recognition", 2018, abstract).
  public static func countingLanguage(length: Int = 10, testLengths: [Int]? = nil) -> SequenceTask {
    let tested = testLengths ?? [3 * length, length, 10 * length]
    return SequenceTask(
      name: "a-n-b-n",
      summary:
        "which symbols may come next in a^n b^n, trained on n up to \(length), tested on all n up to \(tested[0])",
      settings: rangeSettings(1...length, tested),
      metric: .sequencesRight(
        "who sees the last symbol only gets at most 1/\(tested[0]), the word ab; LSTM count, GRU and tanh nets do not (Weiss et "
          + "al. 2018)"),
      measure: .sequencesRight, training: CountingLanguage(counts: 1...length),
      tests: tests(tested) { CountingLanguage(counts: 1...$0) }, hiddenSize: 8)
  }

  /// The embedded Reber grammar.
  ///
  /// Published: LSTM solves it after 8,440 sequences with the best of its settings, the mean of 30 trials with 3,800 to 24,100
  /// (Hochreiter and Schmidhuber 1997, table 1).
  public static func embeddedReber() -> SequenceTask {
    SequenceTask(
      name: "embedded-reber", summary: "the next symbol of strings whose last but one is that of the second step",
      metric: .sequencesRight(
        "who forgets the second symbol gets at most 1/2; LSTM solved it after 8,440 sequences (Hochreiter and Schmidhuber "
          + "1997, table 1)"),
      measure: .sequencesRight, training: EmbeddedReber(), tests: [Test("", EmbeddedReber())], hiddenSize: 16,
      trainingSteps: 1000)
  }

  /// The next character of random nested tags.
  public static func nestedTags(length: Int = 100, testLengths: [Int]? = nil) -> SequenceTask {
    let tested = testLengths ?? [length]
    return SequenceTask(
      name: "xml", summary: "the next character of random nested tags, \(length) steps from the first on",
      settings: lengthSettings(length, tested),
      metric: .answersRight(
        "always giving the most frequent character gives \(chance(of: NestedTags(length: tested[0])))"),
      measure: .answersRight, training: NestedTags(length: length), tests: tests(tested) { NestedTags(length: $0) },
      hiddenSize: 64, learningRate: 0.005)
  }

  /// Sums and differences of numbers with letters strewn in; lengths are the most digits of a number.
  public static func arithmetic(length: Int = 8, testLengths: [Int]? = nil) -> SequenceTask {
    let tested = testLengths ?? [length]
    return SequenceTask(
      name: "arithmetic",
      summary: "the digits of sums and differences of numbers of up to \(length) digits, with letters strewn in",
      settings: lengthSettings(length, tested),
      metric: .answersRight(
        "always giving the most frequent character gives \(chance(of: DistractedArithmetic(digits: tested[0])))"),
      measure: .answersRight, training: DistractedArithmetic(digits: length),
      tests: tests(tested) { DistractedArithmetic(digits: $0) }, hiddenSize: 64, trainingSteps: 4000,
      learningRate: 0.005)
  }

  private static func rangeSettings(_ lengths: ClosedRange<Int>, _ tested: [Int]) -> String {
    "lengths \(lengths.lowerBound) to \(lengths.upperBound), tested at \(tested.map(String.init).joined(separator: " and "))"
  }

  /// The share of the answers to 250 random sequences that are the most frequent one.
  private static func chance(of problem: some SequenceProblem) -> String {
    var random = RandomSource(seed: 0)
    let batch = problem.batch(count: 250, using: &random)
    var counts = [Double](repeating: 0, count: problem.outputSize)
    let weights = batch.weights?.elements
    for (position, answer) in batch.answers.array.elements.enumerated() {
      counts[Int(answer)] += weights?[position] ?? 1
    }
    return Metric.Format.share.text((counts.max() ?? 0) / counts.reduce(0, +))
  }
}

extension Metric {
  /// The share of single answers that are right.
  static func answersRight(_ reference: String) -> Metric {
    Metric(name: "answers-right", format: .share, higherIsBetter: true, reference: reference)
  }
}
