import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("Looking inside")
struct InspectionTests {
  private func isWellFormed(_ file: URL) throws -> Bool { XMLParser(data: try Data(contentsOf: file)).parse() }

  @Test("inspect tells both automata, writes a line and draws them")
  func inspect() throws {
    let folder = try TemporaryFolder()
    let drawing = folder.url.appendingPathComponent("drawing.svg")
    let result = try CellBenchCommand.run(
      ["inspect", "--train-steps", "20", "--sums", "50", "--digits", "20", "--plot", drawing.path, "--json", "-"])
    #expect(result.exitCode == 0, "\(result.errors)")
    let line = try #require(try objects(result.output).first)
    #expect(line["textbook_states"] as? Int == 4 && line["delay"] as? Int == 0)
    #expect((0...1).contains(try #require(line["bits_right"] as? Double)))
    #expect(try #require(line["merged_states"] as? Int) <= #require(line["sign_patterns"] as? Int))
    for words in ["before merging", "textbook", "carry 1", "after 01"] { #expect(result.errors.contains(words)) }
    #expect(try isWellFormed(drawing))
  }

  @Test(
    "a drawing that cannot be written is said before anything is computed, and what is in its place stays",
    arguments: ["file/nonesuch", ""])
  func unwritable(name: String) throws {
    let folder = try TemporaryFolder()
    _ = try folder.create("file")
    let path = name.isEmpty ? folder.url.path : folder.url.appendingPathComponent(name).path
    let result = try CellBenchCommand.run(["inspect", "--plot", path])
    #expect(result.exitCode == 2)
    #expect(result.errors.contains(path) && result.errors.contains("expected"))
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(result.output.isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["file"])
  }

  @Test(
    "a wrong argument is named",
    arguments: [
      (["--delay", "17"], "from 0 to 16"), (["--digits", "1"], "from 2"), (["--cell", "elman,lstm"], "one cell"),
      (["--plot", ""], "path"),
    ])
  func wrongArgument(arguments: [String], words: String) throws {
    let result = try CellBenchCommand.run(["inspect"] + arguments)
    #expect(result.exitCode == 2)
    #expect(result.errors.contains(arguments[0]) || words == "one cell")
    #expect(result.errors.contains(words))
  }
}
