/// The tasks that can be compared on by name.
public enum TaskCatalog {
  /// What cells are compared on when nothing is said: binary addition and the adding problem.
  public static let standard: [any ComparisonTask] = [BinaryAddition(), SequenceTask.adding()]

  /// A task by its name and what can be chosen about it.
  struct Entry: Sendable {
    let name: String
    let summary: String
    /// The lengths that can be asked for, or nil when the task has none.
    let lengths: ClosedRange<Int>?
    /// Whether its data are in a file.
    var needsFile = false
    let make: @Sendable (TaskOptions) throws(TaskError) -> any ComparisonTask
  }

  /// The names of all tasks.
  public static let names: [String] = entries.map(\.name)
  /// The names of all tasks, with a line on each.
  public static let descriptions: [(name: String, summary: String)] = entries.map { ($0.name, $0.summary) }
  /// The names of the tasks whose lengths can be chosen.
  public static let namesWithLengths: [String] = entries.filter { $0.lengths != nil }.map(\.name)
  /// The names of the tasks that need no file.
  public static let namesWithoutFiles: [String] = entries.filter { !$0.needsFile }.map(\.name)

  /// Makes a task.
  ///
  /// - Parameters:
  ///   - name: Its name.
  ///   - options: Lengths and files; what does not concern the task is not looked at.
  /// - Throws: `TaskError` when there is no such task, its data are missing or bad, or a length is out of its range.
  public static func task(named name: String, options: TaskOptions = TaskOptions()) throws(TaskError)
    -> any ComparisonTask
  {
    guard let entry = entries.first(where: { $0.name == name }) else { throw .unknown(name: name) }
    if let expected = entry.lengths {
      for length in (options.length.map { [$0] } ?? []) + (options.testLengths ?? []) where !expected.contains(length) {
        throw .length(task: name, found: length, expected: expected)
      }
    }
    return try entry.make(options)
  }

  private static let entries: [Entry] = [
    .init(name: "binary-addition", summary: BinaryAddition().summary, lengths: nil) { BinaryAddition(delay: $0.delay) },
    .sequences(2...100_000) { .adding(length: $0 ?? 50, testLengths: $1) },
    .sequences(10...100_000) { .multiplication(length: $0 ?? 50, testLengths: $1) },
    .sequences(10...100_000) { .temporalOrder(length: $0 ?? 50, testLengths: $1) },
    .sequences(10...100_000) { .temporalOrder(bits: 3, length: $0 ?? 50, testLengths: $1) },
    .sequences(1...100_000) { .copy(length: $0 ?? 30, testLengths: $1) },
    .sequences(1...100_000) { .memorisation(length: $0 ?? 30, testLengths: $1) },
    .sequences(1...100_000) { .memorisation(bits: 20, length: $0 ?? 30, testLengths: $1) },
    .sequences(2...100_000) { .randomPermutation(length: $0 ?? 50, testLengths: $1) },
    .sequences(2...100_000) { .parity(trainingLengths: 1...($0 ?? 20), testLengths: $1) },
    .sequences(2...100_000) { .evenPairs(trainingLengths: 2...($0 ?? 20), testLengths: $1) },
    .sequences(2...100_000) { .modularArithmetic(trainingLengths: 1...($0 ?? 20), testLengths: $1) },
    .sequences(2...100_000) { .dyck(kinds: 1, length: $0 ?? 50, testLengths: $1) },
    .sequences(2...100_000) { .dyck(kinds: 2, length: $0 ?? 50, testLengths: $1) },
    .sequences(1...10_000) { .countingLanguage(length: $0 ?? 10, testLengths: $1) },
    .sequences(nil) { _, _ in .embeddedReber() },
    .sequences(1...100_000) { .nestedTags(length: $0 ?? 100, testLengths: $1) },
    .sequences(1...17) { .arithmetic(length: $0 ?? 8, testLengths: $1) },
    .init(name: "mackey-glass", summary: "a later value of the Mackey-Glass series", lengths: nil) {
      SequenceTask.mackeyGlass(horizon: $0.horizon ?? 6)
    },
    .init(
      name: SequenceTask.seriesName, summary: "a later number of a series, such as the sunspots", lengths: nil,
      needsFile: true
    ) { options throws(TaskError) in
      guard let path = options.seriesPath else { throw .missingData(task: "series", what: "--series <path>") }
      do throws(SeriesError) {
        let series = try TimeSeries(path: path)
        let (horizon, longest) = (options.horizon ?? 1, SeriesForecast.longestHorizon(series))
        guard horizon <= longest else { throw .horizon(path: path, found: horizon, longest: longest) }
        return SequenceTask.series(series, horizon: horizon)
      } catch {
        throw .series(error)
      }
    },
    .digits(isPixelwise: false, "which digit an image shows that is read row by row"),
    .digits(isPixelwise: true, "which digit an image shows that is read pixel by pixel"),
    .init(name: CharacterText.taskName, summary: CharacterText.generalSummary, lengths: nil, needsFile: true) {
      options throws(TaskError) in
      guard let path = options.textPath else {
        throw .missingData(task: CharacterText.taskName, what: "--text <path>")
      }
      do throws(TextError) {
        return try CharacterText(TextCorpus(path: path))
      } catch {
        throw .text(error)
      }
    },
  ]
}

extension TaskCatalog.Entry {
  /// A task made of lengths alone.
  fileprivate static func sequences(
    _ lengths: ClosedRange<Int>?, _ make: @escaping @Sendable (_ length: Int?, _ testLengths: [Int]?) -> SequenceTask
  ) -> Self {
    let task = make(nil, nil)
    return Self(name: task.name, summary: task.summary, lengths: lengths) { make($0.length, $0.testLengths) }
  }

  /// A task on images of digits.
  fileprivate static func digits(isPixelwise: Bool, _ summary: String) -> Self {
    let name = SequenceTask.digitsName(isPixelwise: isPixelwise)
    return Self(name: name, summary: summary, lengths: nil, needsFile: true) { options throws(TaskError) in
      guard let path = options.digitsPath else { throw .missingData(task: name, what: "--digits <path>") }
      do throws(DigitsError) {
        return SequenceTask.digits(try DigitImages(path: path, label: options.digitsLabel), isPixelwise: isPixelwise)
      } catch {
        throw .digits(error)
      }
    }
  }
}
