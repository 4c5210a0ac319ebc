import Foundation

/// The code of this target's files that stands in a Markdown file too.
///
/// It is marked by a line `// code: <file> <number of the block>` before it and a line `// end` after it. Parts with one number
/// are one block, with an empty line between them, so that declarations can stand outside of functions and statements in
/// them. Common indentation is not part of the code.
struct CompiledCode {
  private var parts: [Int: [String]] = [:]
  /// The modules that are imported by a file with such code.
  private(set) var imports: Set<String> = []

  init(of path: String) throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: Repository.documentationTests, includingPropertiesForKeys: nil)
    for file in files.sorted(by: { $0.path < $1.path }) where file.pathExtension == "swift" {
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
      var number: Int?
      var part: [Substring] = []
      var isMarked = false
      for line in lines {
        let words = line.split(separator: " ")
        if let open = number {
          if words == ["//", "end"] {
            parts[open, default: []].append(CompiledCode.dedented(part))
            number = nil
          } else {
            part.append(line)
          }
        } else if words.count == 4, words[..<2] == ["//", "code:"], words[2] == path {
          number = Int(words[3])
          part = []
          isMarked = true
        }
      }
      if isMarked {
        imports.formUnion(lines.filter { $0.hasPrefix("import ") }.map { String($0.dropFirst("import ".count)) })
      }
    }
  }

  /// The blocks in the order of their numbers, which count from 1.
  var blocks: [String] {
    parts.sorted { $0.key < $1.key }.map { $0.value.joined(separator: "\n\n") }
  }

  /// The lines without the spaces that all of them begin with.
  private static func dedented(_ lines: [Substring]) -> String {
    let depth = lines.filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
    return lines.map { $0.dropFirst(depth) }.joined(separator: "\n")
  }
}
