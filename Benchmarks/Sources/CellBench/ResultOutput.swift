import CellComparison
import Synchronization

/// Where results go: JSON lines if they are asked for, and text for people.
final class ResultOutput: Sendable {
  private let lines: LineOutput?
  private let text: LineOutput
  private let failure = Mutex<OutputError?>(nil)

  /// Opens the file of `--json`, or takes the standard output for "-", so that text goes to the standard error stream.
  init(json path: String?) throws(Failure) {
    switch path {
    case nil:
      lines = nil
      text = .standardOutput
    case "-":
      lines = .standardOutput
      text = .standardError
    case let path?:
      do {
        lines = try LineOutput(path: path)
      } catch {
        throw .wrongArguments(error)
      }
      text = .standardOutput
    }
  }

  /// Opens a file to add lines to; text goes to the standard output.
  init(appendingTo path: String) throws(Failure) {
    do {
      lines = try LineOutput(path: path, appends: true)
    } catch {
      throw .wrongArguments(error)
    }
    text = .standardOutput
  }

  /// Writes one object as a line, at once.
  func write(_ object: JSONObject) throws(OutputError) {
    try lines?.write(object.line + "\n")
  }

  /// Writes text for people.
  func write(text string: String) throws(OutputError) {
    try text.write(string)
  }

  /// Writes one object; an error is kept for `check()` and false returned.
  func keepingErrors(_ object: JSONObject) -> Bool {
    do {
      try write(object)
      return true
    } catch {
      failure.withLock { $0 = $0 ?? error }
      return false
    }
  }

  /// Throws the error that was kept, if any.
  func check() throws(OutputError) {
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
