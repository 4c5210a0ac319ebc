import Foundation

/// The files that a command reads and writes.
struct DistinctFiles {
  /// The options that name files, with the files.
  var read: [(option: String, path: String?)] = []
  var written: [(option: String, path: String?)] = []

  /// Throws when two options name one file and one of them would write over it.
  func check() throws(Failure) {
    for (index, first) in written.enumerated() {
      guard let path = first.path, path != "-" else { continue }
      for second in written[(index + 1)...] + read where second.path.map(Self.place) == Self.place(path) {
        throw Failure(
          message: "expected different files for \(first.option) and \(second.option), found \(path) for both", code: 2)
      }
    }
  }

  private static func place(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
  }
}
