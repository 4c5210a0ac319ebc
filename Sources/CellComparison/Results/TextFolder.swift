internal import Foundation

/// A folder that files of text are written to; it is made when there is none.
public struct TextFolder: Sendable {
  /// Where it is.
  public let path: String

  /// The folder at a path, which need not exist.
  public init(path: String) { self.path = path }

  /// Throws when files could not be written there now; makes nothing.
  public func check() throws(OutputError) {
    var existing = URL(fileURLWithPath: path).standardizedFileURL
    while !FileManager.default.fileExists(atPath: existing.path), existing.path != "/" {
      existing.deleteLastPathComponent()
    }
    do {
      try TextFile(path: existing.appendingPathComponent("file").path).check()
    } catch {
      throw OutputError(name: path, code: error.code)
    }
  }

  /// Replaces files in the folder, each at once.
  public func write(_ files: [(name: String, text: String)]) throws(OutputError) {
    // Why there is no folder, if there is none, is said by the first file.
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, text) in files { try TextFile(path: path + "/" + name).write(text) }
  }
}
