internal import Interchange

/// A file that is written whole: readers see the old text or the new one, and a failure leaves the old one.
public struct TextFile: Sendable {
  /// Where it is.
  public let path: String

  /// The file at a path, which need not exist.
  public init(path: String) { self.path = path }

  /// Throws when the file could not be written now; leaves it as it is, or missing.
  public func check() throws(OutputError) {
    do {
      try checkReplaceable(path)
    } catch {
      throw OutputError(name: path, code: error.code)
    }
  }

  /// Replaces the text.
  public func write(_ text: String) throws(OutputError) {
    do {
      try replaceFile(path, with: text)
    } catch {
      throw OutputError(name: path, code: error.code)
    }
  }
}
