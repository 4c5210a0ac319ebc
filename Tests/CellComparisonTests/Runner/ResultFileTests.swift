import Foundation
import Synchronization
import Testing

@testable import CellComparison

@Suite("Files of results")
struct ResultFileTests {
  /// A file in a folder that goes away at the end.
  private final class File {
    let folder: URL
    var path: String { folder.appendingPathComponent("results.jsonl").path }

    init(_ text: String? = nil) throws {
      folder = FileManager.default.temporaryDirectory.appendingPathComponent("tapestry-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      if let text { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
    }

    var text: String { get throws { try String(contentsOfFile: path, encoding: .utf8) } }

    deinit { try? FileManager.default.removeItem(at: folder) }
  }

  private static let lines = [
    RunResult.known("a", seed: 1, value: 0.1).json.line,
    RunResult.known("b", seed: 2, value: nil, status: .diverged).json.line,
    RunResult.known("c", seed: 3, value: 1e-300).json.line,
  ]

  @Test("what is written is read to the bit")
  func roundTrip() throws {
    let values: [Double] = [
      0.1, 1.0 / 3, 1e-300, Double.leastNonzeroMagnitude, 123_456_789.123_456_78, -0.0, 1e22, 0.30000000000000004,
    ]
    let results = values.map { RunResult.known("a", seed: 1, value: $0) }
    let file = try File(results.map { $0.json.line + "\n" }.joined())
    let read = try ResultFile(path: file.path)
    #expect(read.faults.isEmpty)
    for (before, after) in zip(results, read.results) {
      #expect(after.setting == before.setting && after.metric == before.metric && after.details == before.details)
      // JSON writes 0 and -0 as equal numbers, which is what they are.
      #expect(after.value == before.value && after.curve == before.curve && after.json.line == before.json.line)
    }
    #expect(read.results.count == values.count)
    #expect(try ResultFile(path: file.path + ".none").results.isEmpty)
  }

  @Test("a torn last line is said and taken out, wherever it was torn")
  func torn() throws {
    let last = Self.lines[2]
    for length in [1, 9, 40, last.utf8.count / 2, last.utf8.count - 1] {
      let file = try File(Self.lines[0] + "\n" + Self.lines[1] + "\n" + last.prefix(length))
      let read = try ResultFile(path: file.path)
      #expect(read.results.map(\.cell) == ["a", "b"])
      #expect(read.faults == [.torn(line: 3)])
      #expect(try file.text == Self.lines[0] + "\n" + Self.lines[1] + "\n")
      #expect(try ResultFile(path: file.path).faults.isEmpty)
    }
    // Whole but for its end.
    let file = try File(Self.lines.joined(separator: "\n"))
    let read = try ResultFile(path: file.path)
    #expect(read.results.count == 3 && read.faults.isEmpty)
    #expect(try file.text == Self.lines.map { $0 + "\n" }.joined())
  }

  @Test("a file torn in the middle, and bytes that are no text")
  func tornInside() throws {
    let file = try File(Self.lines[0] + "\n" + Self.lines[1].prefix(100) + "\n" + Self.lines[2] + "\n")
    let read = try ResultFile(path: file.path)
    #expect(read.results.map(\.cell) == ["a", "c"] && read.faults == [.torn(line: 2)])
    var bytes = Data((Self.lines[0] + "\n").utf8)
    bytes.append(contentsOf: [0xFF, 0xFE, 0x0A])
    try bytes.write(to: URL(fileURLWithPath: file.path))
    #expect(try ResultFile(path: file.path).faults == [.torn(line: 2)])
  }

  @Test("lines of another version are said, left in the file and not used")
  func versions() throws {
    let other = Self.lines[1].replacing("\"version\": 2", with: "\"version\": 7")
    let text = [Self.lines[0], other, other, Self.lines[2]].map { $0 + "\n" }.joined()
    let file = try File(text)
    let read = try ResultFile(path: file.path)
    #expect(read.results.map(\.cell) == ["a", "c"])
    #expect(read.faults == [.version(7, firstLine: 2, count: 2)])
    #expect(read.faults[0].description.hasPrefix("2 lines from line 2 on are of version 7, expected 2"))
    #expect(try file.text == text)
  }

  @Test("a file of something else is refused and left as it is")
  func somethingElse() throws {
    for text in ["Dear diary,\nall is well.\n", "{\"a\": 1}\n", "task,value\n1,2\n"] {
      let file = try File(text)
      #expect(throws: ResultFileError.unreadable(path: file.path, reason: "it has something else in it")) {
        try ResultFile(path: file.path)
      }
      #expect(try file.text == text)
    }
    let folder = try File()
    #expect(throws: ResultFileError.unreadable(path: folder.folder.path, reason: "it is a folder")) {
      try ResultFile(path: folder.folder.path)
    }
  }

  @Test("a comparison that was stopped and resumed has the numbers of one that was not", arguments: [1, 2])
  func resumed(threads: Int) throws {
    var comparison = Comparison(
      cells: [CellCatalog.elman, CellCatalog.gru], tasks: [SequenceTask.adding(length: 5), SequenceTask.parity()],
      seeds: 2, hiddenSize: 4, trainingSteps: 12, threads: threads)
    comparison.search = LearningRateSearch()
    let whole = comparison.run(progress: nil)
    let file = try File()
    let lines = Mutex("")
    let cancellation = Cancellation()
    _ = comparison.run(progress: nil, cancellation: cancellation) { result in
      let count = lines.withLock {
        $0 += result.json.line + "\n"
        return $0.count { $0 == "\n" }
      }
      if count >= 58 { cancellation.cancel() }
    }
    // Torn in the middle of the last line.
    try Data(lines.withLock { $0.dropLast(50) }.utf8).write(to: URL(fileURLWithPath: file.path))
    let read = try ResultFile(path: file.path)
    #expect(read.faults.count == 1)
    let made = Mutex(0)
    let resumed = comparison.run(known: read.results, progress: nil) { _ in made.withLock { $0 += 1 } }
    // Four cells and tasks with 14 trials and two runs each.
    #expect(made.withLock { $0 } == 4 * 16 - read.results.count)
    #expect(resumed.runs.count == 8 && resumed.trials.count == 56)
    for (a, b) in zip(resumed.runs + resumed.trials, whole.runs + whole.trials) {
      #expect(a.setting == b.setting && a.value == b.value && a.curve == b.curve && a.details == b.details)
    }
  }
}
