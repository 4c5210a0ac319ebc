/// Why a safetensors file could not be read or written.
public struct SafetensorsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, as it was named by the caller.
  public let path: String
  /// What is wrong with it.
  public let problem: Problem

  /// What is wrong with a file.
  public enum Problem: Error, Hashable {
    /// The system refused an operation, in its own words.
    case system(operation: String, message: String)
    /// The file ends within the eight bytes of the header's length.
    case truncatedLength(found: Int)
    /// The file ends within its header.
    case truncatedHeader(declared: UInt64, available: Int)
    /// The header is longer than any header should be.
    case oversizedHeader(declared: UInt64, maximum: Int)
    /// The header is not UTF-8.
    case headerEncoding
    /// The header is not a JSON text: what was expected at which of its bytes.
    case headerSyntax(offset: Int, expected: String)
    /// A value in the header has the wrong type: where, what was expected and what was found.
    case headerValue(field: String, expected: String, found: String)
    /// A name, or another key of the header, appears twice.
    case duplicateName(String)
    /// A tensor to be written has the name that the format keeps for itself.
    case reservedName(String)
    /// The element type is none that can be read.
    case unsupportedType(tensor: String, found: String, supported: [String])
    /// The shape has too many axes, or too many elements along one or altogether.
    case unsupportedShape(tensor: String, found: String, limit: String)
    /// The bytes of a tensor are more or fewer than its shape and element type say.
    case sizeMismatch(tensor: String, expected: Int, found: Int)
    /// The bytes of a tensor end before they begin, or beyond the end of the file.
    case offsetsOutOfRange(tensor: String, begin: Int, end: Int, available: Int)
    /// Two tensors share bytes.
    case overlap(first: String, second: String, offset: Int)
    /// Bytes between `begin` and `end` belong to no tensor.
    case hole(begin: Int, end: Int)
    /// The file became shorter while it was read.
    case truncatedData(tensor: String)
    /// The file has no tensor with this name.
    case missingTensor(String, available: [String])
  }

  public var description: String { "\(path): \(problem)" }
}

extension SafetensorsError.Problem {
  init(_ error: SystemError) { self = .system(operation: error.operation, message: error.message) }
}

extension SafetensorsError.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .system(let operation, let message): "cannot \(operation): \(message)"
    case .truncatedLength(let found):
      "expected 8 bytes with the header's length, found \(found == 0 ? "an empty file" : "\(found)")"
    case .truncatedHeader(let declared, let available):
      "expected a header of \(declared) bytes, found \(available) to the end of the file"
    case .oversizedHeader(let declared, let maximum):
      "expected a header of at most \(maximum) bytes, found a length of \(declared)"
    case .headerEncoding: "expected a header in UTF-8, found other bytes"
    case .headerSyntax(let offset, let expected): "byte \(offset) of the header: expected \(expected)"
    case .headerValue(let field, let expected, let found): "\(field): expected \(expected), found \(found)"
    case .duplicateName(let name): "the name \"\(name)\" appears twice"
    case .reservedName(let name): "no tensor can have the name \"\(name)\", which is the format's own"
    case .unsupportedType(let tensor, let found, let supported):
      "tensor \"\(tensor)\": expected an element type of \(supported.joined(separator: ", ")), found \"\(found)\""
    case .unsupportedShape(let tensor, let found, let limit): "tensor \"\(tensor)\": expected \(limit), found \(found)"
    case .sizeMismatch(let tensor, let expected, let found):
      "tensor \"\(tensor)\": expected \(expected) bytes for its shape and element type, found offsets \(found) apart"
    case .offsetsOutOfRange(let tensor, let begin, let end, let available):
      "tensor \"\(tensor)\": expected offsets within the \(available) bytes of data, found \(begin) and \(end)"
    case .overlap(let first, let second, let offset):
      "tensor \"\(second)\": expected an offset behind tensor \"\(first)\", found \(offset)"
    case .hole(let begin, let end): "expected data without holes, found bytes \(begin) to \(end) without a tensor"
    case .truncatedData(let tensor): "tensor \"\(tensor)\": the file ended while it was read"
    case .missingTensor(let name, let available):
      "expected a tensor \"\(name)\", found \(available.isEmpty ? "none" : available.joined(separator: ", "))"
    }
  }
}
