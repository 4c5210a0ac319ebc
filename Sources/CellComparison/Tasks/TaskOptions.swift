/// What of the catalogue's tasks can be chosen; nil for each task's own.
public struct TaskOptions: Hashable, Sendable {
  /// The length of training sequences, in steps or in what a task counts instead.
  public var length: Int?
  /// The lengths of test sequences: the metric is measured at the first, details at the others.
  public var testLengths: [Int]?
  /// binary-addition: by how many steps the answer comes later.
  public var delay: Int = 0
  /// text: a UTF-8 file.
  public var textPath: String?
  /// series: a file of comma-separated lines whose last column is a series.
  public var seriesPath: String?
  /// series and mackey-glass: by how many steps what is asked for comes later.
  public var horizon: Int?
  /// digits-rows and digits-pixels: a file with a line an image, or MNIST's file of images with its labels beside it.
  public var digitsPath: String?
  /// digits-rows and digits-pixels: where the label is in a line.
  public var digitsLabel: DigitImages.LabelColumn = .first

  /// Nothing chosen.
  public init() {}
}

/// Why a task of the catalogue cannot be made.
public enum TaskError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no task of that name.
  case unknown(name: String)
  /// A task needs data that were not given.
  case missingData(task: String, what: String)
  /// A length is shorter or longer than a task can do with.
  case length(task: String, found: Int, expected: ClosedRange<Int>)
  /// A text cannot be used.
  case text(TextError)
  /// A series cannot be used.
  case series(SeriesError)
  /// Images of digits cannot be used.
  case digits(DigitsError)

  public var description: String {
    switch self {
    case .unknown(let name): "unknown task \"\(name)\"; there are: \(TaskCatalog.names.joined(separator: ", "))"
    case .missingData(let task, let what): "the task \(task) needs data: expected \(what), found none"
    case .length(let task, let found, let expected):
      "the task \(task): expected a length from \(expected.lowerBound) to \(expected.upperBound), found \(found)"
    case .text(let error): error.description
    case .series(let error): error.description
    case .digits(let error): error.description
    }
  }
}
