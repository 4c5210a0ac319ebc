/// A file that no series of numbers can be read from.
public enum SeriesError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file could not be read, for the reason given.
  case unreadable(path: String, reason: String)
  /// A line has another number of fields than the first one; lines are counted from 1.
  case fieldCount(path: String, line: Int, expected: Int, found: Int)
  /// A field is empty; lines and columns are counted from 1.
  case missing(path: String, line: Int, column: Int)
  /// A field is no finite number.
  case notANumber(path: String, line: Int, column: Int, found: String)
  /// There are fewer numbers than are needed.
  case tooShort(path: String, count: Int, needed: Int)
  /// The number asked for comes so much later that no window is left in the training part.
  case horizon(path: String, found: Int, longest: Int)
  /// All numbers of the training part are the same.
  case constant(path: String, value: Double)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path): expected a series of numbers, but \(reason)"
    case .fieldCount(let path, let line, let expected, let found):
      "\(path): line \(line), column \(min(expected, found) + 1): expected \(expected) fields as in the first line, found \(found)"
    case .missing(let path, let line, let column):
      "\(path): line \(line), column \(column): expected a number, found an empty field"
    case .notANumber(let path, let line, let column, let found):
      "\(path): line \(line), column \(column): expected a number, found \"\(found)\""
    case .tooShort(let path, let count, let needed):
      "\(path): expected at least \(needed) numbers, found \(count)"
    case .horizon(let path, let found, let longest):
      "\(path): expected a horizon from 1 to \(longest) for that many numbers, found \(found)"
    case .constant(let path, let value):
      "\(path): expected numbers that differ, found \(value) only in the training part"
    }
  }
}
