internal import Foundation

/// Files that tasks read their data from.
enum InputFile {
  /// A file that could not be read.
  struct Unreadable: Error {
    /// Why, in words.
    let reason: String
  }

  /// The bytes of a file, or of a pipe up to its end.
  static func bytes(path: String) throws(Unreadable) -> [UInt8] {
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      return [UInt8](try file.readToEnd() ?? Data())
    } catch {
      throw Unreadable(reason: reason(of: error, path: path))
    }
  }

  private static func reason(of error: any Error, path: String) -> String {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      return "there is no such file"
    }
    if isDirectory.boolValue { return "it is a folder" }
    return FileManager.default.isReadableFile(atPath: path) ? error.localizedDescription : "it may not be read"
  }
}
