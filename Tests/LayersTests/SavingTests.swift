import DenseArrays
import Foundation
import Interchange
import Layers
import Testing

@Suite("Modules in files")
struct SavingTests {
  private static func makeCell(seed: UInt64) -> LSTM {
    var random = RandomSource(seed: seed)
    return LSTM(inputSize: 3, hiddenSize: 4, using: &random)
  }

  private static func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tapestry-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  @Test("what was saved is restored to the bit", arguments: [ScalarType.float32, .float64])
  func roundTrip(type: ScalarType) throws {
    try Self.withFolder { folder in
      let (saved, restored) = (Self.makeCell(seed: 1), Self.makeCell(seed: 2))
      saved.convert(to: type)
      restored.convert(to: type)
      try saved.save(to: folder + "/cell.safetensors", metadata: ["hiddenSize": "4"])
      try restored.load(from: folder + "/cell.safetensors")
      for (a, b) in zip(saved.state, restored.state) {
        #expect(a.name == b.name && a.array.isBitIdentical(to: b.array))
      }
      #expect(try Safetensors.read(from: folder + "/cell.safetensors").metadata == ["hiddenSize": "4"])
    }
  }

  @Test("a file that does not fit is refused with the parameter's name and leaves the module as it was")
  func refused() throws {
    let state = Self.makeCell(seed: 1).state
    var wrongShape = state
    wrongShape[4].array = DenseArray(zeros: [4, 3])
    var wrongType = state
    wrongType[2].array = wrongType[2].array.converted(to: .float64)
    let cases: [([(name: String, array: DenseArray)], StateError, String)] = [
      (
        wrongShape, .shape(name: "forget.recurrentWeights", expected: [4, 4], found: [4, 3]),
        "\"forget.recurrentWeights\": expected shape [4, 4], found [4, 3]"
      ),
      (
        wrongType, .scalarType(name: "input.bias", expected: .float32, found: .float64),
        "\"input.bias\": expected float32, found float64"
      ),
      (
        Array(state.dropLast()), .missing(name: "output.bias", found: state.dropLast().map(\.name)),
        "no value for \"output.bias\"; found input.inputWeights, input.recurrentWeights, input.bias, forget.inputWeights, "
          + "forget.recurrentWeights, forget.bias, candidate.inputWeights, candidate.recurrentWeights and 3 more"
      ),
      (
        state + [("peephole", DenseArray(zeros: [4]))], .unexpected(name: "peephole", expected: state.map(\.name)),
        "a value for \"peephole\", which is unknown; expected input.inputWeights, input.recurrentWeights, input.bias, "
          + "forget.inputWeights, forget.recurrentWeights, forget.bias, candidate.inputWeights, "
          + "candidate.recurrentWeights and 4 more"
      ),
    ]
    try Self.withFolder { folder in
      let path = folder + "/cell.safetensors"
      for (tensors, error, message) in cases {
        // The order of names in a file is the writer's choice; compare what the order does not touch.
        try Safetensors.write(tensors, to: path)
        let model = Self.makeCell(seed: 2)
        let before = model.state
        let thrown = #expect(throws: ModuleFileError.self) { try model.load(from: path) }
        if case .state(path, .missing(let name, let found)) = thrown, case .missing(name, let expected) = error {
          #expect(Set(found) == Set(expected))
        } else {
          #expect(thrown == .state(path: path, error))
          #expect(thrown?.description == "\(path): \(message)")
        }
        #expect(zip(model.state, before).allSatisfy { $0.array.isBitIdentical(to: $1.array) })
      }
    }
  }

  @Test("a missing, empty or truncated file is refused and leaves the module as it was")
  func damaged() throws {
    try Self.withFolder { folder in
      let path = folder + "/cell.safetensors"
      let model = Self.makeCell(seed: 2)
      let before = model.state
      #expect(throws: ModuleFileError.self) { try model.load(from: path) }
      try Self.makeCell(seed: 1).save(to: path)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      for count in [0, 4, 8, 100, bytes.count - 1] {
        try bytes.prefix(count).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: ModuleFileError.self) { try model.load(from: path) }
        guard case .file(let reason) = error else {
          Issue.record("\(count) bytes: \(String(describing: error))")
          continue
        }
        #expect(reason.path == path)
      }
      #expect(zip(model.state, before).allSatisfy { $0.array.isBitIdentical(to: $1.array) })
    }
  }
}
