import DenseArrays
import Foundation
import Interchange
import Testing

@Suite("Safetensors: what is written is read")
struct SafetensorsRoundTripTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The file was made by the Python package; the script stands beside it.
  @Test("a file written by Python")
  func python() throws {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/numpy", withExtension: "safetensors"))
    let file = try Safetensors.read(from: url.path(percentEncoded: false))
    #expect(file.names == ["bias", "empty", "scale", "weights", "labels", "half é\"\n"])
    #expect(file.metadata == ["format": "np", "note": "made by Python é"])
    #expect(
      try file.array(named: "weights")
        .isBitIdentical(to: DenseArray([[1.5, -2.25, 0.1], [.infinity, -0.0, 0x1p-149]] as [[Float]])))
    #expect(try file.array(named: "bias") == DenseArray([Double.pi, -1e300]))
    #expect(try file.array(named: "labels") == DenseArray([[.min], [.max], [7]] as [[Int32]]))
    #expect(try file.array(named: "scale") == DenseArray(scalar: 0.5))
    #expect(try file.array(named: "empty") == DenseArray(zeros: [0, 4]))
    // The float16 number nearest to 6e-8 is its smallest, 2^-24.
    #expect(
      try file.array(named: "half é\"\n")
        .isBitIdentical(to: DenseArray([1, -2.5, 65504, 0x1p-24, .infinity, -0.0] as [Float])))
  }

  @Test("shapes, types, names, order and metadata survive")
  func roundTrip() throws {
    var random = RandomSource(seed: 1)
    let tensors: [(name: String, array: DenseArray)] = [
      ("b.weight", .normal([3, 5], using: &random)),
      ("a", .normal([7], .float64, using: &random)),
      ("", .uniformIntegers([1, 2, 3, 1, 1, 1], in: -100..<100, using: &random)),
      ("quote \" backslash \\ control \u{01}\n emoji 🧵", DenseArray(scalar: .nan)),
      ("empty", DenseArray(zeros: [3, 0, 2], .float64)),
      ("view", DenseArray([[1, 2], [3, 4], [5, 6]], .float32).slice(1..<3)),
    ]
    let metadata = ["epoch": "3", "note \"\u{7}": "tab\tand é", "": ""]
    try Safetensors.write(tensors, metadata: metadata, to: folder.file("model.safetensors"))
    let file = try Safetensors.read(from: folder.file("model.safetensors"))
    #expect(file.names == tensors.map(\.name))
    #expect(file.metadata == metadata)
    for (name, array) in tensors { #expect(file[name]?.isBitIdentical(to: array) == true, "\(name)") }
    #expect(file["c"] == nil)
    #expect(try folder.names() == ["model.safetensors"])
  }

  @Test("a file without tensors")
  func empty() throws {
    try Safetensors.write([], to: folder.file("none"))
    #expect(try folder.bytes("none") == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
    let file = try Safetensors.read(from: folder.file("none"))
    #expect(file.names.isEmpty && file.metadata.isEmpty)
  }

  @Test("the bytes of a small file")
  func bytes() throws {
    try Safetensors.write(
      [("x", DenseArray([1] as [Float])), ("y", DenseArray([2] as [Double]))], metadata: ["k": "v"],
      to: folder.file("small"))
    let header =
      #"{"__metadata__":{"k":"v"},"x":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"#
      + #""y":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#
    let padding = [UInt8](repeating: 0x20, count: (8 - header.utf8.count % 8) % 8)
    let length = UInt8(header.utf8.count + padding.count)
    let data: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0x80, 0x3F]
    #expect(try folder.bytes("small") == [length, 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + padding + data)
  }

  @Test("half-precision types become float32 exactly")
  func halfPrecision() throws {
    let bits: [UInt16] = [0, 0x8000, 1, 0x83FF, 0x0400, 0x3C01, 0xFBFF, 0x7C00, 0xFC00, 0x7E01]
    let data = bits.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    for (type, expected) in [
      (
        "F16",
        [
          0, -0.0, 0x1p-24, -0x1p-24 * 1023, 0x1p-14, 1 + 0x1p-10, -65504, .infinity, -.infinity,
          Float(bitPattern: 0x7FC0_2000),
        ]
      ),
      ("BF16", bits.map { Float(bitPattern: UInt32($0) << 16) }),
    ] as [(String, [Float])] {
      let bytes = file(#"{"h":{"dtype":"\#(type)","shape":[2,5],"data_offsets":[0,20]}}"#, data)
      let array = try Safetensors.read(from: folder.file("half", containing: bytes)).array(named: "h")
      #expect(array.isBitIdentical(to: DenseArray(expected, shape: [2, 5])), "\(type)")
    }
  }

  @Test("white space, escapes, unknown keys and any order are read")
  func lenience() throws {
    let header = """
      { "w\\u00e9\\ud83e\\uddf5\\/" : {"data_offsets": [ 4 , 8 ], "dtype":"\\u00462".. },
       "v":{"shape":[],"dtype":"I32","data_offsets":[0,4]} }
      """
    let text = header.replacing("\"\\u00462\"..", with: "\"F32\", \"extra\": [null, true, -1.5e3, {}], \"shape\":[1]")
    let bytes = file(text, [5, 0, 0, 0, 0, 0, 0x80, 0x3F])
    let contents = try Safetensors.read(from: folder.file("spaces", containing: bytes))
    #expect(contents.names == ["wé🧵/", "v"])
    #expect(try contents.array(named: "wé🧵/") == DenseArray([1] as [Float]))
    #expect(try contents.array(named: "v") == DenseArray(scalar: 5, .int32))
  }

  @Test("a name that the file lacks is an error that lists those it has")
  func missingTensor() throws {
    try Safetensors.write([("a", [1]), ("b", [2])], to: folder.file("two"))
    let file = try Safetensors.read(from: folder.file("two"))
    let error = #expect(throws: SafetensorsError.self) { try file.array(named: "c") }
    #expect(error?.problem == .missingTensor("c", available: ["a", "b"]))
    #expect(error?.description == "\(folder.file("two")): expected a tensor \"c\", found a, b")
  }
}

/// The bytes of a file with a header and data.
func file(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
  let count = header.utf8.count
  return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + Array(header.utf8) + data
}
