/// Tasks that need something remembered over many steps.
extension SequenceTask {
  /// The adding problem: the sum of the two marked ones of many numbers.
  ///
  /// Published: LSTM solves lengths of 100 to 110 after 74,000 sequences, the mean of ten trials (Hochreiter and Schmidhuber
  /// 1997, table 7, with the first marker among the first ten steps); IRNN and LSTM of 100 units solve 200 and 300 steps (Hu,
  /// Huber, Anumula and Liu, "Overcoming the vanishing gradient problem in plain recurrent networks", 2018, figure 2).
  public static func adding(length: Int = 50, testLengths: [Int]? = nil) -> SequenceTask {
    let problem = MarkedNumbers(.sum, length: length)
    return SequenceTask(
      name: "adding",
      summary: "the sum of the two marked ones of \(length) numbers in 0 ..< 1, asked for after the last",
      settings: lengthSettings(length, testLengths ?? doubled(length)),
      metric: Metric(
        name: "mean-squared-error", format: .decimals(5), higherIsBetter: false,
        reference:
          "always answering 1 gives \(Decimals.rounded(problem.constantGuessError, to: 5)); LSTM solved lengths of "
          + "100 to 110 after 74,000 sequences (Hochreiter and Schmidhuber 1997, table 7)"),
      measure: .loss, training: problem,
      tests: tests(testLengths ?? doubled(length)) { MarkedNumbers(.sum, length: $0) },
      trainingSteps: 1500)
  }

  /// The multiplication problem: the product of the two marked ones of many numbers.
  ///
  /// Published: LSTM comes to a mean squared error of 0.0223 over lengths of 100 to 110 after 482,000 sequences, and to 0.0139
  /// after 1,273,000 (Hochreiter and Schmidhuber 1997, table 8).
  public static func multiplication(length: Int = 50, testLengths: [Int]? = nil) -> SequenceTask {
    let problem = MarkedNumbers(.product, markers: .early, length: length)
    return SequenceTask(
      name: "multiplication",
      summary: "the product of the two marked ones of \(length) numbers in 0 ..< 1, asked for after the last",
      settings: lengthSettings(length, testLengths ?? doubled(length)),
      metric: Metric(
        name: "mean-squared-error", format: .decimals(5), higherIsBetter: false,
        reference:
          "always answering 1/4 gives \(Decimals.rounded(problem.constantGuessError, to: 5)); LSTM came to 0.0223 "
          + "over lengths of 100 to 110 after 482,000 sequences (Hochreiter and Schmidhuber 1997, table 8)"),
      measure: .loss, training: problem,
      tests: tests(testLengths ?? doubled(length)) { MarkedNumbers(.product, markers: .early, length: $0) })
  }

  /// The order of two or three symbols.
  ///
  /// Published: LSTM solves 2 bits after 31,390 sequences and 3 bits after 571,100, at lengths of 100 to 110 (Hochreiter and
  /// Schmidhuber 1997, table 9).
  public static func temporalOrder(bits: Int = 2, length: Int = 50, testLengths: [Int]? = nil) -> SequenceTask {
    let classes = 1 << bits
    return SequenceTask(
      name: bits == 2 ? "temporal-order" : "temporal-order-\(bits)-bit",
      summary: "the order of \(bits) relevant ones of \(length) symbols, \(classes) answers, asked for after the last",
      settings: lengthSettings(length, testLengths ?? doubled(length)),
      metric: .sequencesRight(
        "guessing gives 1/\(classes); LSTM solved lengths of 100 to 110 after \(bits == 2 ? "31,390" : "571,100") sequences "
          + "(Hochreiter and Schmidhuber 1997, table 9)"),
      measure: .sequencesRight, training: TemporalOrder(bits: bits, length: length),
      tests: tests(testLengths ?? doubled(length)) { TemporalOrder(bits: bits, length: $0) },
      trainingSteps: bits == 2 ? 2000 : 3000, learningRate: 0.005)
  }

  /// The first of many symbols.
  ///
  /// Published: a tanh net, trained by gradient descent with clipping and a term against vanishing gradients, solves lengths up
  /// to 200 in two of five runs (Pascanu, Mikolov and Bengio 2013, section 4.1.2).
  public static func randomPermutation(length: Int = 50, testLengths: [Int]? = nil) -> SequenceTask {
    SequenceTask(
      name: "random-permutation", summary: "the first of \(length) symbols, one of two, asked for after the last",
      settings: lengthSettings(length, testLengths ?? doubled(length)),
      metric: .sequencesRight(
        "guessing gives 1/2; clipped gradient descent solved lengths up to 200 in two of five runs (Pascanu et al. 2013)"
      ),
      measure: .sequencesRight, training: RandomPermutation(length: length),
      tests: tests(testLengths ?? doubled(length)) { RandomPermutation(length: $0) }, trainingSteps: 1000,
      learningRate: 0.005)
  }

  /// Copying ten symbols of eight kinds after a time of nothing.
  ///
  /// Published: who remembers nothing comes to 10 ln 8 / (T + 20) nats a step (Arjovsky et al. 2016, section 5.1); LSTM of 128
  /// units gets below that at T = 500 and 2,000 (Tallec and Ollivier, "Can recurrent neural networks warp time?", 2018,
  /// figure 1).
  public static func copy(length: Int = 30, testLengths: [Int]? = nil) -> SequenceTask {
    let lengths = testLengths ?? doubled(length)
    let floor = Recall(symbolCount: 10, alphabet: 8, length: lengths[0], answersEverywhere: true).memorylessLoss
    return SequenceTask(
      name: "copy",
      summary: "10 symbols of 8 kinds, given back after \(length) steps; before that \"nothing\" is to be said",
      settings: lengthSettings(length, lengths),
      metric: Metric(
        name: "nats-per-step", format: .decimals(5), higherIsBetter: false,
        reference:
          "who remembers nothing gets 10 ln 8 / (T + 20) = \(Decimals.rounded(floor, to: 5)) at T = \(lengths[0]) "
          + "(Arjovsky et al. 2016, section 5.1)"),
      measure: .loss, training: Recall(symbolCount: 10, alphabet: 8, length: length, answersEverywhere: true),
      tests: tests(lengths) { Recall(symbolCount: 10, alphabet: 8, length: $0, answersEverywhere: true) },
      hiddenSize: 64,
      learningRate: 0.005)
  }

  /// Noiseless memorisation of 5 bits, or of ten symbols of five kinds.
  ///
  /// Published: a tanh net, trained by gradient descent with clipping and a term against vanishing gradients, solves both at
  /// T = 50 to 200 in five of five runs (Pascanu, Mikolov and Bengio 2013, section 4.1.2).
  public static func memorisation(bits: Int = 5, length: Int = 30, testLengths: [Int]? = nil) -> SequenceTask {
    let (count, alphabet) = bits == 5 ? (5, 2) : (10, 5)
    return SequenceTask(
      name: "memorisation-\(bits == 5 ? 5 : 20)-bit",
      summary: "\(count) symbols of \(alphabet) kinds, given back after \(length) steps of nothing and a cue",
      settings: lengthSettings(length, testLengths ?? doubled(length)),
      metric: .sequencesRight(
        "guessing gives \(alphabet)^-\(count); clipped gradient descent solved T = 50 to 200 in all of five runs (Pascanu et "
          + "al. 2013)"),
      measure: .sequencesRight,
      training: Recall(symbolCount: count, alphabet: alphabet, length: length, answersEverywhere: false),
      tests: tests(testLengths ?? doubled(length)) {
        Recall(symbolCount: count, alphabet: alphabet, length: $0, answersEverywhere: false)
      }, hiddenSize: 64, learningRate: 0.005)
  }

  /// The length of the training, then twice that.
  static func doubled(_ length: Int) -> [Int] { [length, 2 * length] }

  /// A test for each length.
  static func tests(_ lengths: [Int], _ problem: (Int) -> any SequenceProblem) -> [Test] {
    lengths.map { Test(String($0), problem($0)) }
  }

  static func lengthSettings(_ training: Int, _ tests: [Int]) -> String {
    "length \(training), tested at \(tests.map(String.init).joined(separator: " and "))"
  }
}

extension Metric {
  /// The share of sequences all of whose answers are right.
  static func sequencesRight(_ reference: String) -> Metric {
    Metric(name: "sequences-right", format: .share, higherIsBetter: true, reference: reference)
  }
}
