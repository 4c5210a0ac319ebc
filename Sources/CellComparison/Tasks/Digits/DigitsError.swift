/// A file that no images of digits can be read from.
public enum DigitsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file could not be read, for the reason given.
  case unreadable(path: String, reason: String)
  /// A line has another number of fields than the first one; lines are counted from 1.
  case fieldCount(path: String, line: Int, expected: Int, found: Int)
  /// The fields beside the label are not the pixels of a square image.
  case notSquare(path: String, line: Int, pixels: Int)
  /// A label is no digit; lines and columns are counted from 1.
  case notADigit(path: String, line: Int, column: Int, found: String)
  /// A pixel is no number that is finite and not negative.
  case notAPixel(path: String, line: Int, column: Int, found: String)
  /// There are fewer images than are needed.
  case tooFew(path: String, count: Int, needed: Int)
  /// All pixels are 0.
  case blank(path: String)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path): expected images of digits, but \(reason)"
    case .fieldCount(let path, let line, let expected, let found):
      "\(path): line \(line), column \(min(expected, found) + 1): expected \(expected) fields as in the first line, found \(found)"
    case .notSquare(let path, let line, let pixels):
      "\(path): line \(line): expected a label and the pixels of a square image of at least 2 x 2, found \(pixels) pixels"
    case .notADigit(let path, let line, let column, let found):
      "\(path): line \(line), column \(column): expected a label from 0 to 9, found \"\(found)\""
    case .notAPixel(let path, let line, let column, let found):
      "\(path): line \(line), column \(column): expected a pixel of 0 or more, found \"\(found)\""
    case .tooFew(let path, let count, let needed):
      "\(path): expected at least \(needed) images, found \(count)"
    case .blank(let path):
      "\(path): expected images, found pixels of 0 only"
    }
  }
}
