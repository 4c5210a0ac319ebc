import Foundation
import Testing

@Suite("Interruptions", .serialized)
struct InterruptionTests {
  /// Many short runs, so that some have ended soon and others have not.
  private static let many = [
    "--tasks", "binary-addition", "--cells", "elman", "--seeds", "2000", "--train-steps", "20",
  ]

  /// Waits until a file has at least some lines; fails after a minute.
  private func wait(for count: Int, linesIn file: URL) throws {
    let start = Date()
    while Date().timeIntervalSince(start) < 60 {
      let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
      if text.count(where: { $0 == "\n" }) >= count { return }
      Thread.sleep(forTimeInterval: 0.01)
    }
    Issue.record("no \(count) lines after a minute")
  }

  @Test("Ctrl-C keeps what is finished and ends with 130", arguments: [SIGINT, SIGTERM])
  func interrupt(signal: Int32) throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("results.jsonl")
    let process = CellBenchCommand.process(Self.many + ["--json", file.path])
    let table = Pipe()
    process.standardOutput = table
    process.standardError = FileHandle.nullDevice
    try process.run()
    try wait(for: 2, linesIn: file)
    kill(process.processIdentifier, signal)
    let text = String(decoding: table.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 128 + signal)
    let lines = try objects(String(contentsOf: file, encoding: .utf8))
    #expect(lines.count >= 2 && lines.count < 2000)
    #expect(lines.allSatisfy { $0["status"] as? String == "finished" && $0["steps"] as? Int == 20 })
    #expect(text.contains("binary-addition  elman"))
  }

  @Test("a comparison that is killed loses nothing that was finished")
  func killed() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("results.jsonl")
    let process = CellBenchCommand.process(Self.many + ["--resume", file.path])
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    try wait(for: 3, linesIn: file)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let kept = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").count
    let arguments = Self.many.map { $0 == "2000" ? "4" : $0 }
    let result = try CellBenchCommand.run(arguments + ["--resume", file.path])
    #expect(result.exitCode == 0)
    #expect(result.errors.contains("results are there already"))
    let lines = try objects(String(contentsOf: file, encoding: .utf8))
    let seeds = lines.compactMap { $0["seed"] as? Int }
    #expect(seeds.count == Set(seeds).count && Set(1...4).isSubset(of: seeds) && lines.count >= kept - 1)
  }

  @Test("a reader that goes away ends the comparison with one line")
  func closedPipe() throws {
    let process = CellBenchCommand.process(Self.many + ["--json", "-"])
    let output = Pipe()
    let folder = try TemporaryFolder()
    let errors = try folder.create("errors")
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let first = output.fileHandleForReading.availableData
    #expect(first.last == UInt8(ascii: "\n"))
    try output.fileHandleForReading.close()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 0)
    let said = try String(contentsOf: errors, encoding: .utf8)
    let ends = said.split(separator: "\n").filter { $0.hasPrefix("cellbench:") }
    #expect(ends.count == 1 && ends[0].contains("standard output: expected a reader"))
  }
}
