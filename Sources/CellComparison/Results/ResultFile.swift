internal import Foundation
internal import Interchange

/// A file of results as JSON lines that a comparison goes on with: what is in it is used, what is new is added.
public struct ResultFile: Sendable {
  /// Something about the file that is not as it should be.
  public enum Fault: Hashable, Sendable, CustomStringConvertible {
    /// A line that is no result: one that was torn when it was written, or that somebody changed. Lines are counted from 1.
    case torn(line: Int)
    /// Lines of another version, which are left in the file and not used; the first of them and their number.
    case version(Int, firstLine: Int, count: Int)

    public var description: String {
      switch self {
      case .torn(let line): "line \(line) is not a whole result; it is dropped and its run made again"
      case .version(let version, let line, let count):
        "\(count) \(count == 1 ? "line" : "lines") from line \(line) on are of version \(version), expected "
          + "\(RunResult.formatVersion); they are left alone and their runs made again"
      }
    }
  }

  /// The path.
  public let path: String
  /// The results in the file, in their order.
  public let results: [RunResult]
  /// What was wrong with it.
  public let faults: [Fault]

  /// Reads a file, which need not exist yet, and takes torn lines out of it.
  ///
  /// The file is replaced at once or left as it is: nothing that is whole is ever lost.
  ///
  /// - Throws: `ResultFileError` when there is a file that cannot be read, that is no text or whose torn lines cannot be
  ///   taken out.
  public init(path: String) throws(ResultFileError) {
    self.path = path
    guard FileManager.default.fileExists(atPath: path) else {
      (results, faults) = ([], [])
      return
    }
    let bytes: [UInt8]
    do {
      bytes = try InputFile.bytes(path: path)
    } catch {
      throw .unreadable(path: path, reason: error.reason)
    }
    var results: [RunResult] = []
    var faults: [Fault] = []
    var kept: [String] = []
    var versions: [Int: (line: Int, count: Int)] = [:]
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
    where !line.isEmpty {
      // A line without an end may be whole but for it; its bytes tell.
      guard let text = String(validating: line, as: UTF8.self), let value = try? JSONParser.parse(text),
        let version = value["version"]?.integer
      else {
        faults.append(.torn(line: index + 1))
        continue
      }
      if version != RunResult.formatVersion {
        versions[version] = (versions[version]?.line ?? index + 1, (versions[version]?.count ?? 0) + 1)
      } else if let result = RunResult(value) {
        results.append(result)
      } else {
        faults.append(.torn(line: index + 1))
        continue
      }
      kept.append(text)
    }
    // A file whose first line does not even begin as a result does is something else.
    let beginning = Array(#"{"version""#.utf8)
    if let first = bytes.split(separator: UInt8(ascii: "\n")).first, kept.isEmpty,
      !first.starts(with: beginning), !beginning.starts(with: first)
    {
      throw .unreadable(path: path, reason: "it has something else in it")
    }
    if !faults.isEmpty || !(bytes.isEmpty || bytes.last == UInt8(ascii: "\n")) {
      do throws(OutputError) {
        try TextFile(path: path).write(kept.map { $0 + "\n" }.joined())
      } catch {
        throw .unwritable(error)
      }
    }
    for (version, lines) in versions.sorted(by: { $0.value.line < $1.value.line }) {
      faults.append(.version(version, firstLine: lines.line, count: lines.count))
    }
    self.results = results
    self.faults = faults
  }
}

/// A file of results that a comparison cannot go on with.
public enum ResultFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file could not be read, for the reason given.
  case unreadable(path: String, reason: String)
  /// Torn lines could not be taken out of the file.
  case unwritable(OutputError)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): expected a file of results, but \(reason)"
    case .unwritable(let error): error.description
    }
  }
}
