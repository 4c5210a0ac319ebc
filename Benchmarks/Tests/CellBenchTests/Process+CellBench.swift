import Foundation
import Testing

/// What a run of the executable left behind.
struct CommandResult {
  let exitCode: Int32
  let output: String
  let errors: String

  /// The lines of the standard output.
  var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// The built executable, which lies beside the tests.
enum CellBenchCommand {
  static func process(_ arguments: [String], environment: [String: String] = [:]) -> Process {
    let process = Process()
    let tests = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL ?? Bundle.main.bundleURL
    let candidates = [
      URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent(), tests.deletingLastPathComponent(),
      tests,
    ].map { $0.appendingPathComponent("cellbench") }
    process.executableURL =
      candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) } ?? candidates[0]
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    return process
  }

  /// Runs the executable to its end; output goes through files, so that no pipe can fill up.
  static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> CommandResult {
    let folder = try TemporaryFolder()
    let process = process(arguments, environment: environment)
    let output = try folder.create("output")
    let errors = try folder.create("errors")
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return CommandResult(
      exitCode: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }
}

/// A folder that goes away with its owner.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("cellbench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Writes a file and returns its place.
  func create(_ name: String, _ data: Data = Data()) throws -> URL {
    let file = url.appendingPathComponent(name)
    try data.write(to: file)
    return file
  }
}

/// The JSON objects on the lines of a text; a line that is none fails.
func objects(_ text: String) throws -> [[String: Any]] {
  #expect(text.isEmpty || text.hasSuffix("\n"), "the last line has an end")
  return try text.split(separator: "\n").map { line in
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }
}
