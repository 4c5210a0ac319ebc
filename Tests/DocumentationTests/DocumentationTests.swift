import Foundation
import Testing

@Suite("Documentation")
struct DocumentationTests {
  @Test(
    "the code in a document is the code that is compiled here",
    arguments: [
      "README.md", "Docs/layers.md", "Docs/optimizers.md", "Docs/regularization.md", "Docs/writing-a-cell.md",
    ])
  func codeIsCompiled(path: String) throws {
    let printed = try Markdown(path)
    let compiled = try CompiledCode(of: path)
    #expect(!printed.code.isEmpty)
    #expect(printed.code.count == compiled.blocks.count)
    for (number, (printed, compiled)) in zip(printed.code, compiled.blocks).enumerated() {
      #expect(printed == compiled, "block \(number + 1) of \(path)")
    }
    #expect(printed.imports.isSubset(of: compiled.imports))
  }

  @Test(
    "links lead to files",
    arguments: [
      "README.md", "Docs/architecture.md", "Docs/layers.md", "Docs/optimizers.md", "Docs/regularization.md",
      "Docs/writing-a-cell.md",
      "Docs/performance.md", "Benchmarks/Peers/README.md",
    ])
  func linksLeadSomewhere(path: String) throws {
    let file = Repository.root.appending(path: path)
    for link in try String(contentsOf: file, encoding: .utf8).matches(of: /\]\(([^)#:]+)\)/) {
      let target = file.deletingLastPathComponent().appending(path: String(link.1))
      #expect(FileManager.default.fileExists(atPath: target.path), "\(link.1) in \(path)")
    }
  }
}
