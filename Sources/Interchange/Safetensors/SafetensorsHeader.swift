internal import DenseArrays

/// The header of a safetensors file: checked when it is read, laid out when it is written.
struct SafetensorsHeader {
  /// The longest header that is read, as in the format's reference implementation.
  static let maximumLength = 100_000_000
  static let metadataKey = "__metadata__"

  /// A tensor's place in the data.
  struct Entry {
    let name: String
    let type: SafetensorsType
    let shape: Shape
    let begin: Int
    let end: Int
  }

  var entries: [Entry] = []
  var metadata: [String: String] = [:]

  /// Reads the JSON text of a header for data of `dataLength` bytes.
  init(_ text: String, dataLength: Int) throws(SafetensorsError.Problem) {
    guard text.utf8.first == UInt8(ascii: "{") else { throw .headerSyntax(offset: 0, expected: "\"{\"") }
    let value: JSONValue
    do {
      value = try JSONParser.parse(text)
    } catch {
      switch error {
      case .syntax(let offset, let expected): throw .headerSyntax(offset: offset, expected: expected)
      case .duplicateKey(let key, _): throw .duplicateName(key)
      }
    }
    let members = try value.members(of: "header")
    for member in members {
      if member.key == SafetensorsHeader.metadataKey {
        for text in try member.value.members(of: member.key) {
          metadata[text.key] = try text.value.string(of: "\(member.key).\(text.key)")
        }
      } else {
        entries.append(try SafetensorsHeader.entry(member, dataLength: dataLength))
      }
    }
    try checkLayout(dataLength: dataLength)
  }

  private static func entry(
    _ member: JSONValue.Member, dataLength: Int
  ) throws(SafetensorsError.Problem) -> Entry {
    let name = member.key
    let field = "tensor \"\(name)\""
    let members = try member.value.members(of: field)
    func value(_ key: String) throws(SafetensorsError.Problem) -> JSONValue {
      guard let found = members.first(where: { $0.key == key }) else {
        throw .headerValue(field: field, expected: "\"\(key)\"", found: "none")
      }
      return found.value
    }
    let typeName = try value("dtype").string(of: "\(field), dtype")
    guard let type = SafetensorsType(rawValue: typeName) else {
      throw .unsupportedType(tensor: name, found: typeName, supported: SafetensorsType.allCases.map(\.rawValue))
    }
    let sizes = try value("shape").integers(of: "\(field), shape")
    let (shape, byteCount) = try SafetensorsHeader.shape(sizes, of: name, type: type)
    let offsets = try value("data_offsets").integers(of: "\(field), data_offsets")
    guard offsets.count == 2 else {
      throw .headerValue(field: "\(field), data_offsets", expected: "two offsets", found: "\(offsets.count)")
    }
    let (begin, end) = (offsets[0], offsets[1])
    guard begin <= end, end <= dataLength else {
      throw .offsetsOutOfRange(tensor: name, begin: begin, end: end, available: dataLength)
    }
    guard end - begin == byteCount else {
      throw .sizeMismatch(tensor: name, expected: byteCount, found: end - begin)
    }
    return Entry(name: name, type: type, shape: shape, begin: begin, end: end)
  }

  private static func shape(
    _ sizes: [Int], of name: String, type: SafetensorsType
  ) throws(SafetensorsError.Problem) -> (shape: Shape, byteCount: Int) {
    guard sizes.count <= Shape.maximumRank else {
      throw .unsupportedShape(
        tensor: name, found: "\(sizes.count)", limit: "at most \(Shape.maximumRank) axes")
    }
    for size in sizes where size > Int(Int32.max) {
      throw .unsupportedShape(tensor: name, found: "\(size)", limit: "at most \(Int32.max) elements along an axis")
    }
    var byteCount = sizes.contains(0) ? 0 : type.byteCount
    for size in sizes {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
      // As float32 or float64 in memory it may be twice as large as in the file.
      if overflow || product > Int.max / 2 {
        throw .unsupportedShape(tensor: name, found: "shape \(sizes)", limit: "fewer bytes than 2^62")
      }
      byteCount = product
    }
    return (Shape(sizes), byteCount)
  }

  /// Every byte of the data belongs to exactly one tensor.
  private func checkLayout(dataLength: Int) throws(SafetensorsError.Problem) {
    var covered = 0
    var previous = ""
    for entry in entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      if entry.begin < covered {
        throw .overlap(first: previous, second: entry.name, offset: entry.begin)
      }
      if entry.begin > covered { throw .hole(begin: covered, end: entry.begin) }
      covered = entry.end
      previous = entry.name
    }
    if covered < dataLength { throw .hole(begin: covered, end: dataLength) }
  }
}

extension JSONValue {
  fileprivate func members(of field: String) throws(SafetensorsError.Problem) -> [Member] {
    guard case .object(let members) = self else {
      throw .headerValue(field: field, expected: "an object", found: kind)
    }
    return members
  }

  fileprivate func string(of field: String) throws(SafetensorsError.Problem) -> String {
    guard case .string(let text) = self else { throw .headerValue(field: field, expected: "a string", found: kind) }
    return text
  }

  /// Integers of 0 and more, written without a fraction or an exponent.
  fileprivate func integers(of field: String) throws(SafetensorsError.Problem) -> [Int] {
    guard case .array(let values) = self else { throw .headerValue(field: field, expected: "an array", found: kind) }
    var result: [Int] = []
    for value in values {
      guard case .number(let digits) = value, let integer = Int(digits), integer >= 0, digits != "-0" else {
        throw .headerValue(field: field, expected: "integers from 0 to \(Int.max)", found: value.kind)
      }
      result.append(integer)
    }
    return result
  }
}
