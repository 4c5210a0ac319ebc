internal import Foundation

/// A file or stream that text is written to at once and without a buffer.
public struct LineOutput: Sendable {
  private let descriptor: Int32
  private let name: String

  /// The standard output stream.
  public static let standardOutput = LineOutput(descriptor: STDOUT_FILENO, name: "standard output")
  /// The standard error stream.
  public static let standardError = LineOutput(descriptor: STDERR_FILENO, name: "standard error")

  private init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  /// Opens a file for writing; it stays open until the process ends.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - appends: Whether text goes behind what is there; else the file is emptied.
  public init(path: String, appends: Bool = false) throws(OutputError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | (appends ? O_APPEND : O_TRUNC) | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw OutputError(name: path, code: errno) }
    self.init(descriptor: descriptor, name: path)
  }

  /// Whether the stream is a terminal that can go back to the start of a line.
  public var isTerminal: Bool {
    isatty(descriptor) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// The size of the terminal that it is, if it is one that says so.
  var screenSize: ScreenSize? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else { return nil }
    return ScreenSize(rows: Int(size.ws_row), columns: Int(size.ws_col))
  }

  /// Writes text; all of it has been handed to the system when this returns.
  public func write(_ text: String) throws(OutputError) {
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      let count = bytes[start...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        start += count
      } else if errno != EINTR {
        throw OutputError(name: name, code: errno)
      }
    }
  }
}

/// The lines of a terminal and the characters of a line.
struct ScreenSize {
  let rows, columns: Int

  /// What terminals have that do not say.
  static let standard = ScreenSize(rows: 24, columns: 80)
}

/// A file or stream that could not be opened or written.
public struct OutputError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The path, or the name of the stream.
  public let name: String
  /// The system's number of the error.
  public let code: Int32

  /// Whether it is a pipe whose reader has gone.
  public var isClosedPipe: Bool { code == EPIPE }

  public var description: String { "\(name): expected to write, but: \(String(cString: strerror(code)))" }
}
