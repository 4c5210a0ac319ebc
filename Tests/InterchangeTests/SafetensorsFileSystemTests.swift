import DenseArrays
import Foundation
import Interchange
import Testing

@Suite("Safetensors: files are replaced whole or not at all")
struct SafetensorsFileSystemTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func expectSystemError(_ operation: String, _ code: Int32, _ body: () throws -> Void) {
    let error = #expect(throws: SafetensorsError.self, performing: body)
    #expect(error?.problem == .system(operation: operation, message: String(cString: strerror(code))))
  }

  @Test("a missing file, a folder and a pipe are not read")
  func unreadable() throws {
    expectSystemError("open", ENOENT) { _ = try Safetensors.read(from: folder.file("none")) }
    expectSystemError("open", ENOENT) { _ = try Safetensors.read(from: "") }
    expectSystemError("open", EISDIR) { _ = try Safetensors.read(from: folder.path) }
    #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
    expectSystemError("open", EINVAL) { _ = try Safetensors.read(from: folder.file("pipe")) }
  }

  @Test("a folder and a file in a missing folder are not written")
  func unwritable() throws {
    expectSystemError("write", EISDIR) { try Safetensors.write([("a", [1])], to: folder.path) }
    expectSystemError("open", ENOENT) { try Safetensors.write([("a", [1])], to: folder.file("none/model")) }
    expectSystemError("open", ENOTDIR) {
      try Safetensors.write([("a", [1])], to: try folder.file("file", containing: []) + "/model")
    }
    #expect(try folder.names() == ["file"])
  }

  @Test("a file is replaced, with its permissions and through a symbolic link")
  func replacement() throws {
    let path = try folder.file("model", containing: [1, 2, 3])
    #expect(chmod(path, 0o640) == 0)
    #expect(symlink(path, folder.file("link")) == 0)
    try Safetensors.write([("a", [1, 2])], to: folder.file("link"))
    #expect(try Safetensors.read(from: path).array(named: "a") == [1, 2])
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o640)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("link")) == path)
    #expect(try folder.names() == ["link", "model"])
  }

  @Test("a new file in the current folder, by its name alone")
  func relativePath() async throws {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      #expect(chdir(folder.path) == 0)
      try Safetensors.write([("a", [1, 2])], to: "model")
      #expect(try Safetensors.read(from: "model").names == ["a"])
      #expect(try folder.names() == ["model"])
    }
  }

  @Test("names that the format cannot tell apart are refused, and the old file stays")
  func names() throws {
    let path = try folder.file("model", containing: [1, 2, 3])
    let twice = #expect(throws: SafetensorsError.self) {
      try Safetensors.write([("a", [1]), ("b", [2]), ("a", [3])], to: path)
    }
    #expect(twice?.problem == .duplicateName("a"))
    let reserved = #expect(throws: SafetensorsError.self) { try Safetensors.write([("__metadata__", [1])], to: path) }
    #expect(reserved?.problem == .reservedName("__metadata__"))
    #expect(try folder.bytes("model") == [1, 2, 3])
    #expect(try folder.names() == ["model"])
  }

  #if os(Linux)
    @Test("a disk that fills up leaves the old file and no other")
    func fullDisk() async {
      await #expect(processExitsWith: .success) {
        let folder = try TemporaryFolder()
        let path = try folder.file("model", containing: [1, 2, 3])
        // The system refuses to let any file of this process grow beyond 1,000 bytes.
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        let error = #expect(throws: SafetensorsError.self) {
          try Safetensors.write([("a", DenseArray(zeros: [1000]))], to: path)
        }
        #expect(error?.problem == .system(operation: "write", message: "File too large"))
        #expect(try folder.bytes("model") == [1, 2, 3])
        #expect(try folder.names() == ["model"])
      }
    }
  #endif
}
