import ArgumentParser
import CellComparison

/// The tasks of a comparison and what can be chosen about them.
struct TaskSelection: ParsableArguments {
  private static let standard = TaskCatalog.standard.map(\.name)

  @Option(
    help: ArgumentHelp(
      "Tasks, with commas between, or all that need no file. (default: \(standard.joined(separator: ",")), or those of the "
        + "files given; `list` shows all)",
      valueName: "names"),
    transform: { text in
      text == "all" ? TaskCatalog.namesWithoutFiles : try CellBench.names(text, of: "task", among: TaskCatalog.names)
    })
  var tasks: [String]?

  @Option(
    parsing: .unconditional, help: "The length of training sequences. (default: the task's own)",
    transform: wholeNumber(1...100_000))
  var length: Int?

  @Option(
    parsing: .unconditional,
    help: "Lengths of test sequences, with commas between: the metric is that of the first. (default: the task's own)",
    transform: wholeNumbers(1...100_000))
  var testLengths: [Int]?

  @Option(
    parsing: .unconditional, help: "binary-addition: by how many steps the answer comes later. (default: 0)",
    transform: wholeNumber(0...BinaryAddition.longestDelay))
  var delay: Int = 0

  @Option(help: ArgumentHelp("text: a UTF-8 file.", valueName: "path"), transform: path)
  var text: String?

  @Option(
    help: ArgumentHelp("series: a file of comma-separated lines whose last column is a series.", valueName: "path"),
    transform: path)
  var series: String?

  @Option(
    parsing: .unconditional,
    help: "series, mackey-glass: by how many steps what is asked for comes later. (default: 1, 6)",
    transform: wholeNumber(1...1000))
  var horizon: Int?

  @Option(
    help: ArgumentHelp(
      "digits-rows, digits-pixels: a file of images in the format of MNIST (...-images-idx3-ubyte, the labels beside it), or "
        + "with a line an image, a label and the pixels with commas between.",
      valueName: "path"),
    transform: path)
  var digits: String?

  @Option(
    help: ArgumentHelp(
      "Where the label of an image is in its line: first or last. (default: first)", valueName: "column"),
    transform: { text in
      guard let column = DigitImages.LabelColumn(rawValue: text) else {
        throw ValidationError("expected first or last")
      }
      return column
    })
  var digitsLabel: DigitImages.LabelColumn = .first

  /// The tasks that need a file, and the option that names it.
  private static let files = [
    (task: "text", option: "--text"), (task: "series", option: "--series"), (task: "digits-rows", option: "--digits"),
    (task: "digits-pixels", option: "--digits"),
  ]

  /// The file that an option names.
  private func file(_ option: String) -> String? {
    switch option {
    case "--text": text
    case "--series": series
    default: digits
    }
  }

  /// The names of the tasks to be made.
  var names: [String] {
    if let tasks { return tasks }
    // A file stands for the first task that it is for.
    var given: [String] = []
    if text != nil { given.append("text") }
    if series != nil { given.append("series") }
    if digits != nil { given.append("digits-rows") }
    return given.isEmpty ? Self.standard : given
  }

  func validate() throws {
    let list = names.joined(separator: ",")
    for file in Self.files where names.contains(file.task) && self.file(file.option) == nil {
      throw ValidationError("the task \(file.task) needs a file: expected \(file.option) <path>, found none")
    }
    for file in Self.files where self.file(file.option) != nil {
      let members = Self.files.filter { $0.option == file.option }.map(\.task)
      guard members.contains(where: names.contains) else {
        throw ValidationError(
          "\(file.option) is for \(members.joined(separator: " and ")): expected it among --tasks, found \(list)")
      }
    }
    for (option, isThere, tasks) in special where isThere && !tasks.contains(where: names.contains) {
      let kind = tasks.count > 2 ? "tasks that have a length" : tasks.joined(separator: " and ")
      throw ValidationError("\(option) for \(kind), found \(list)")
    }
  }

  /// The options that are for some tasks alone, and whether they are there.
  private var special: [(option: String, isThere: Bool, tasks: [String])] {
    [
      ("--length and --test-lengths are", length != nil || testLengths != nil, TaskCatalog.namesWithLengths),
      ("--delay is", delay > 0, ["binary-addition"]), ("--horizon is", horizon != nil, ["series", "mackey-glass"]),
      ("--digits-label is", digitsLabel != .first, ["digits-rows", "digits-pixels"]),
    ]
  }

  /// The tasks; what may be wrong with their files is said now.
  func make() throws(Failure) -> [any ComparisonTask] {
    var options = TaskOptions()
    options.length = length
    options.testLengths = testLengths
    options.delay = delay
    options.textPath = text
    options.seriesPath = series
    options.horizon = horizon
    options.digitsPath = digits
    options.digitsLabel = digitsLabel
    var tasks: [any ComparisonTask] = []
    for name in names {
      do throws(TaskError) {
        tasks.append(try TaskCatalog.task(named: name, options: options))
      } catch {
        if case .length = error { throw .wrongArguments(error) }
        throw .badData(error)
      }
    }
    for corpus in tasks.compactMap({ ($0 as? CharacterText)?.corpus }) {
      if corpus.hadByteOrderMark { CellBench.say("\(corpus.path): dropped a byte-order mark") }
      if corpus.convertedLineEnds > 0 {
        CellBench.say("\(corpus.path): read \(corpus.convertedLineEnds) CRLF line ends as LF")
      }
    }
    return tasks
  }
}
