import Foundation

/// The fenced blocks of a Markdown file of the repository.
struct Markdown {
  /// The code of the `swift` blocks without the imports at their beginning; package manifests are left out.
  private(set) var code: [String] = []
  /// The modules that the `swift` blocks import.
  private(set) var imports: Set<String> = []
  /// The lines of the `text` blocks.
  private(set) var texts: [String] = []

  init(_ path: String) throws {
    let lines = try String(contentsOf: Repository.root.appending(path: path), encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
    var block: (language: Substring, lines: [Substring])?
    for line in lines {
      if let open = block {
        if line == "```" {
          append(open.language, open.lines)
          block = nil
        } else {
          block?.lines.append(line)
        }
      } else if line.hasPrefix("```") {
        block = (line.dropFirst(3), [])
      }
    }
  }

  private mutating func append(_ language: Substring, _ lines: [Substring]) {
    switch language {
    case "text":
      texts.append(lines.joined(separator: "\n"))
    case "swift" where lines.first?.hasPrefix("// swift-tools-version") != true:
      let imported = lines.prefix { $0.hasPrefix("import ") }
      imports.formUnion(imported.map { String($0.dropFirst("import ".count)) })
      code.append(lines.dropFirst(imported.count).drop { $0.isEmpty }.joined(separator: "\n"))
    default:
      break
    }
  }
}

/// Where the files of the repository are.
enum Repository {
  /// The folder of this file.
  static let documentationTests = URL(filePath: #filePath).deletingLastPathComponent()
  /// The root.
  static let root = documentationTests.deletingLastPathComponent().deletingLastPathComponent()
}
