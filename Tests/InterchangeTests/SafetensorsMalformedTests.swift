import DenseArrays
import Foundation
import Interchange
import Testing

@Suite("Safetensors: what is malformed is told")
struct SafetensorsMalformedTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  typealias Problem = SafetensorsError.Problem

  /// A header of one tensor "x".
  static func tensor(_ type: String = "\"F32\"", _ shape: String = "[2]", _ offsets: String = "[0,8]") -> String {
    #"{"x":{"dtype":\#(type),"shape":\#(shape),"data_offsets":\#(offsets)}}"#
  }

  static let eight = [UInt8](repeating: 0, count: 8)

  static let cases: [(name: String, bytes: [UInt8], problem: Problem)] = [
    ("empty file", [], .truncatedLength(found: 0)),
    ("seven bytes", [8, 0, 0, 0, 0, 0, 0], .truncatedLength(found: 7)),
    ("no header", [2, 0, 0, 0, 0, 0, 0, 0], .truncatedHeader(declared: 2, available: 0)),
    ("header beyond the end", [200, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], .truncatedHeader(declared: 200, available: 2)),
    (
      "header of 2^64 - 1 bytes", [UInt8](repeating: 255, count: 20),
      .oversizedHeader(declared: .max, maximum: 100_000_000)
    ),
    (
      "a picture", Array("\u{89}PNG\r\n\u{1A}\n and more".utf8),
      .oversizedHeader(declared: 0x1A0A_0D47_4E50_89C2, maximum: 100_000_000)
    ),
    ("header of no bytes", file(""), .headerSyntax(offset: 0, expected: "\"{\"")),
    ("header that is no UTF-8", [4, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0xFF, 0xFE, 0x7D], .headerEncoding),
    ("space before the header", file(" {}"), .headerSyntax(offset: 0, expected: "\"{\"")),
    ("an array", file("[]"), .headerSyntax(offset: 0, expected: "\"{\"")),
    ("an unfinished object", file("{"), .headerSyntax(offset: 1, expected: "a string")),
    ("an unfinished string", file("{\"x"), .headerSyntax(offset: 3, expected: "\"\\\"\" at the end of a string")),
    ("two headers", file("{}{}"), .headerSyntax(offset: 2, expected: "the end of the text")),
    ("a comma too many", file("{\"x\":1,}"), .headerSyntax(offset: 7, expected: "a string")),
    ("no colon", file("{\"x\" 1}"), .headerSyntax(offset: 5, expected: "\":\"")),
    ("no comma", file("{\"x\":1 2}"), .headerSyntax(offset: 7, expected: "\",\" or \"}\"")),
    ("no comma in an array", file("{\"x\":[1 2]}"), .headerSyntax(offset: 8, expected: "\",\" or \"]\"")),
    ("no value", file("{\"x\":}"), .headerSyntax(offset: 5, expected: "a value")),
    ("a word", file("{\"x\":nul}"), .headerSyntax(offset: 5, expected: "a value")),
    ("a minus", file("{\"x\":-}"), .headerSyntax(offset: 6, expected: "a digit")),
    ("a leading zero", file("{\"x\":01}"), .headerSyntax(offset: 5, expected: "a number without a leading zero")),
    ("a point", file("{\"x\":1.}"), .headerSyntax(offset: 7, expected: "a digit")),
    ("an exponent", file("{\"x\":1e+}"), .headerSyntax(offset: 8, expected: "a digit")),
    ("a line in a string", file("{\"x\n\":1}"), .headerSyntax(offset: 3, expected: "no control character in a string")),
    ("an escape", file("{\"\\q\":1}"), .headerSyntax(offset: 3, expected: "an escape such as \\n or \\u0041")),
    ("hexadecimal digits", file("{\"\\u00g0\":1}"), .headerSyntax(offset: 4, expected: "four hexadecimal digits")),
    ("a sign for a digit", file("{\"\\u+123\":1}"), .headerSyntax(offset: 4, expected: "four hexadecimal digits")),
    ("half a pair", file("{\"\\ud800\":1}"), .headerSyntax(offset: 3, expected: "a pair of surrogates")),
    ("a wrong pair", file("{\"\\ud800\\u0041\":1}"), .headerSyntax(offset: 3, expected: "a pair of surrogates")),
    (
      "deep nesting", file("{\"x\":" + String(repeating: "[", count: 100_000)),
      .headerSyntax(offset: 68, expected: "at most 64 levels")
    ),
    ("a zero byte", file("{}\0"), .headerSyntax(offset: 2, expected: "the end of the text")),
    ("a name twice", file("{\"x\":1,\"y\":2,\"x\":3}"), .duplicateName("x")),
    ("a name twice, once escaped", file("{\"x\":1,\"\\u0078\":3}"), .duplicateName("x")),
    ("a key twice", file("{\"x\":{\"dtype\":1,\"dtype\":2}}"), .duplicateName("dtype")),
    ("metadata twice", file("{\"__metadata__\":{},\"__metadata__\":{}}"), .duplicateName("__metadata__")),
    (
      "metadata that is no object", file("{\"__metadata__\":null}"),
      .headerValue(field: "__metadata__", expected: "an object", found: "null")
    ),
    (
      "metadata with a number", file("{\"__metadata__\":{\"a\":1}}"),
      .headerValue(field: "__metadata__.a", expected: "a string", found: "the number 1")
    ),
    (
      "a tensor that is no object", file("{\"x\":[1]}"),
      .headerValue(field: "tensor \"x\"", expected: "an object", found: "an array")
    ),
    (
      "no type", file("{\"x\":{\"shape\":[],\"data_offsets\":[0,4]}}"),
      .headerValue(field: "tensor \"x\"", expected: "\"dtype\"", found: "none")
    ),
    (
      "no shape", file("{\"x\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}"),
      .headerValue(field: "tensor \"x\"", expected: "\"shape\"", found: "none")
    ),
    (
      "no offsets", file("{\"x\":{\"dtype\":\"F32\",\"shape\":[]}}"),
      .headerValue(field: "tensor \"x\"", expected: "\"data_offsets\"", found: "none")
    ),
    (
      "a type that is no string", file(tensor("32")),
      .headerValue(field: "tensor \"x\", dtype", expected: "a string", found: "the number 32")
    ),
    (
      "an unknown type", file(tensor("\"F8_E4M3\"", "[8]"), eight),
      .unsupportedType(tensor: "x", found: "F8_E4M3", supported: ["F32", "F64", "I32", "F16", "BF16"])
    ),
    (
      "a type in lower case", file(tensor("\"f32\""), eight),
      .unsupportedType(tensor: "x", found: "f32", supported: ["F32", "F64", "I32", "F16", "BF16"])
    ),
    (
      "a shape that is no array", file(tensor("\"F32\"", "2"), eight),
      .headerValue(field: "tensor \"x\", shape", expected: "an array", found: "the number 2")
    ),
    (
      "a negative size", file(tensor("\"F32\"", "[-2]"), eight),
      .headerValue(
        field: "tensor \"x\", shape", expected: "integers from 0 to 9223372036854775807", found: "the number -2")
    ),
    (
      "a fractional size", file(tensor("\"F32\"", "[2.0]"), eight),
      .headerValue(
        field: "tensor \"x\", shape", expected: "integers from 0 to 9223372036854775807", found: "the number 2.0")
    ),
    (
      "a text for a size", file(tensor("\"F32\"", "[\"2\"]"), eight),
      .headerValue(
        field: "tensor \"x\", shape", expected: "integers from 0 to 9223372036854775807", found: "the string \"2\"")
    ),
    (
      "a size beyond 64 bits", file(tensor("\"F32\"", "[18446744073709551618]"), eight),
      .headerValue(
        field: "tensor \"x\", shape", expected: "integers from 0 to 9223372036854775807",
        found: "the number 18446744073709551618")
    ),
    (
      "a size beyond 32 bits", file(tensor("\"F32\"", "[4294967298]"), eight),
      .unsupportedShape(tensor: "x", found: "4294967298", limit: "at most 2147483647 elements along an axis")
    ),
    (
      "a product beyond 64 bits", file(tensor("\"F32\"", "[2147483647,2147483647,2147483647]"), eight),
      .unsupportedShape(
        tensor: "x", found: "shape [2147483647, 2147483647, 2147483647]", limit: "fewer bytes than 2^62")
    ),
    (
      // 2^31 * 2^31 * 4 bytes would wrap around to 0.
      "a product that wraps around", file(tensor("\"F32\"", "[65536,65536,65536,16384]", "[0,0]")),
      .unsupportedShape(tensor: "x", found: "shape [65536, 65536, 65536, 16384]", limit: "fewer bytes than 2^62")
    ),
    (
      "too many axes", file(tensor("\"F32\"", "[1,1,1,1,1,1,2]"), eight),
      .unsupportedShape(tensor: "x", found: "7", limit: "at most 6 axes")
    ),
    (
      "one offset", file(tensor("\"F32\"", "[2]", "[0]"), eight),
      .headerValue(field: "tensor \"x\", data_offsets", expected: "two offsets", found: "1")
    ),
    (
      "a negative offset", file(tensor("\"F32\"", "[2]", "[-8,0]"), eight),
      .headerValue(
        field: "tensor \"x\", data_offsets", expected: "integers from 0 to 9223372036854775807",
        found: "the number -8")
    ),
    (
      "offsets in the wrong order", file(tensor("\"F32\"", "[2]", "[8,0]"), eight),
      .offsetsOutOfRange(tensor: "x", begin: 8, end: 0, available: 8)
    ),
    (
      "offsets beyond the end", file(tensor(), [0, 0, 0, 0, 0, 0, 0]),
      .offsetsOutOfRange(tensor: "x", begin: 0, end: 8, available: 7)
    ),
    (
      "the largest offsets", file(tensor("\"F32\"", "[2]", "[9223372036854775799,9223372036854775807]"), eight),
      .offsetsOutOfRange(tensor: "x", begin: .max - 8, end: .max, available: 8)
    ),
    (
      "too few bytes", file(tensor("\"F32\"", "[3]"), eight), .sizeMismatch(tensor: "x", expected: 12, found: 8)
    ),
    (
      "too many bytes", file(tensor("\"F16\"", "[2]"), eight), .sizeMismatch(tensor: "x", expected: 4, found: 8)
    ),
    (
      "bytes for no element", file(tensor("\"F32\"", "[2,0]"), eight),
      .sizeMismatch(tensor: "x", expected: 0, found: 8)
    ),
    (
      "tensors that overlap",
      file(
        #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        eight),
      .overlap(first: "x", second: "y", offset: 4)
    ),
    (
      "a hole between tensors",
      file(
        #"{"x":{"dtype":"F32","shape":[],"data_offsets":[8,12]},"y":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#,
        eight + [0, 0, 0, 0]),
      .hole(begin: 4, end: 8)
    ),
    ("a hole at the beginning", file(tensor("\"F32\"", "[1]", "[4,8]"), eight), .hole(begin: 0, end: 4)),
    ("bytes behind the last tensor", file(tensor(), eight + [1]), .hole(begin: 8, end: 9)),
    ("data without tensors", file("{}", [1, 2, 3]), .hole(begin: 0, end: 3)),
  ]

  @Test("malformed files", arguments: cases.indices)
  func malformed(index: Int) throws {
    let (name, bytes, problem) = Self.cases[index]
    let path = try folder.file("bad", containing: bytes)
    let error = #expect(throws: SafetensorsError.self, "\(name)") { try Safetensors.read(from: path) }
    #expect(error?.problem == problem, "\(name)")
    #expect(error?.description == "\(path): \(problem)", "\(name)")
  }

  @Test("each file cut short anywhere is an error")
  func truncation() throws {
    try Safetensors.write(
      [("a", [[1, 2], [3, 4]]), ("b", DenseArray([5], .int32))], metadata: ["k": "v"], to: folder.file("whole"))
    let bytes = try folder.bytes("whole")
    for count in 0..<bytes.count {
      let path = try folder.file("cut", containing: Array(bytes.prefix(count)))
      #expect(throws: SafetensorsError.self, "\(count) of \(bytes.count) bytes") { try Safetensors.read(from: path) }
    }
  }

  @Test("any changed byte gives an error or arrays, never a crash")
  func corruption() throws {
    try Safetensors.write([("a", [[1, 2], [3, 4]]), ("b", DenseArray([5], .int32))], to: folder.file("whole"))
    let bytes = try folder.bytes("whole")
    var random = RandomSource(seed: 9)
    for _ in 0..<500 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        changed[Int.random(in: changed.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let path = try folder.file("changed", containing: changed)
      do {
        let file = try Safetensors.read(from: path)
        #expect(file.names.count == file.arrays.count)
      } catch {
        #expect(error.path == path)
      }
    }
  }
}
