import Foundation
import Testing

@testable import CellComparison

@Suite("Files that are written whole")
struct TextFileTests {
  @Test("text is written and replaced, and nothing else is left in the folder")
  func writing() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.svg").path
      for text in ["größer <1>\n", "", "b"] {
        try TextFile(path: path).write(text)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.svg"])
      }
    }
  }

  @Test("a check leaves a file as it is, or missing")
  func checking() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a").path
      try TextFile(path: path).check()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
      try TextFile(path: path).write("kept")
      try TextFile(path: path).check()
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "kept")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
    }
  }

  @Test("a folder, and a file below a missing folder or a file, cannot be written", arguments: [true, false])
  func unwritable(checks: Bool) throws {
    try withTemporaryFolder { folder in
      try TextFile(path: folder.appendingPathComponent("file").path).write("x")
      for (name, code) in [("", EISDIR), ("missing/a", ENOENT), ("file/a", ENOTDIR)] {
        let path = name.isEmpty ? folder.path : folder.appendingPathComponent(name).path
        let error = #expect(throws: OutputError.self) {
          if checks { try TextFile(path: path).check() } else { try TextFile(path: path).write("y") }
        }
        #expect(error == OutputError(name: path, code: code))
      }
    }
  }

  @Test("a folder is made for its files, and not by a check")
  func folder() throws {
    try withTemporaryFolder { folder in
      let plots = TextFolder(path: folder.appendingPathComponent("new/plots").path)
      try plots.check()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
      for text in ["1", "2"] {
        try plots.write([("a", text), ("b", "")])
        try plots.check()
        #expect(try FileManager.default.contentsOfDirectory(atPath: plots.path).sorted() == ["a", "b"])
        #expect(try String(contentsOfFile: plots.path + "/a", encoding: .utf8) == text)
      }
    }
  }

  @Test(
    "a file is no folder for files, nor is what is below one", arguments: ["file", "file/below/it"], [true, false])
  func noFolder(name: String, checks: Bool) throws {
    try withTemporaryFolder { folder in
      try TextFile(path: folder.appendingPathComponent("file").path).write("x")
      let plots = TextFolder(path: folder.appendingPathComponent(name).path)
      let error = #expect(throws: OutputError.self) {
        if checks { try plots.check() } else { try plots.write([("a", "")]) }
      }
      #expect(error?.code == ENOTDIR && error?.name.hasPrefix(plots.path) == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    }
  }
}
