/// A strict reader of JSON as in RFC 8259: nothing else before or behind, no key twice in an object.
///
/// Keys are compared as Swift compares strings, so that two that differ in Unicode normalisation only count as one key.
package struct JSONParser {
  /// Deeper nesting is refused, so that no text can exhaust the stack.
  static let maximumDepth = 64

  private let bytes: [UInt8]
  private var offset = 0
  private var depth = 0

  /// The value that UTF-8 text describes.
  package static func parse(_ text: String) throws(JSONError) -> JSONValue {
    var parser = JSONParser(bytes: Array(text.utf8))
    parser.skipSpace()
    let value = try parser.value()
    parser.skipSpace()
    guard parser.offset == parser.bytes.count else { throw parser.expected("the end of the text") }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func expected(_ what: String) -> JSONError { .syntax(offset: offset, expected: what) }

  private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { offset += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    switch next {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    guard bytes[offset...].starts(with: text.utf8) else { throw expected("a value") }
    offset += text.utf8.count
    return value
  }

  private mutating func enter() throws(JSONError) {
    depth += 1
    guard depth <= JSONParser.maximumDepth else { throw expected("at most \(JSONParser.maximumDepth) levels") }
    offset += 1
    skipSpace()
  }

  private mutating func object() throws(JSONError) -> JSONValue {
    try enter()
    defer { depth -= 1 }
    var members: [JSONValue.Member] = []
    var keys: Set<String> = []
    if take("}") { return .object(members) }
    while true {
      let start = offset
      let key = try string()
      guard keys.insert(key).inserted else { throw .duplicateKey(key, offset: start) }
      skipSpace()
      guard take(":") else { throw expected("\":\"") }
      skipSpace()
      members.append(JSONValue.Member(key: key, value: try value()))
      skipSpace()
      if take("}") { return .object(members) }
      guard take(",") else { throw expected("\",\" or \"}\"") }
      skipSpace()
    }
  }

  private mutating func array() throws(JSONError) -> JSONValue {
    try enter()
    defer { depth -= 1 }
    var values: [JSONValue] = []
    if take("]") { return .array(values) }
    while true {
      values.append(try value())
      skipSpace()
      if take("]") { return .array(values) }
      guard take(",") else { throw expected("\",\" or \"]\"") }
      skipSpace()
    }
  }

  private mutating func number() throws(JSONError) -> String {
    let start = offset
    _ = take("-")
    let integer = offset
    guard digits() > 0 else {
      if offset == start { throw expected("a value") }
      throw expected("a digit")
    }
    if bytes[integer] == UInt8(ascii: "0"), offset > integer + 1 {
      throw .syntax(offset: integer, expected: "a number without a leading zero")
    }
    if take("."), digits() == 0 { throw expected("a digit") }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      if digits() == 0 { throw expected("a digit") }
    }
    return String(decoding: bytes[start..<offset], as: UTF8.self)
  }

  private mutating func digits() -> Int {
    let start = offset
    while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { offset += 1 }
    return offset - start
  }

  private mutating func string() throws(JSONError) -> String {
    guard take("\"") else { throw expected("a string") }
    var text: [UInt8] = []
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        offset += 1
        text.append(contentsOf: String(Character(try escape())).utf8)
      case 0..<0x20: throw expected("no control character in a string")
      default:
        text.append(byte)
        offset += 1
      }
    }
    throw expected("\"\\\"\" at the end of a string")
  }

  /// The character after a backslash.
  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    guard let byte = next else { throw expected("an escaped character") }
    let simple: [UInt8: Unicode.Scalar] = [
      UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/", UInt8(ascii: "b"): "\u{08}",
      UInt8(ascii: "f"): "\u{0C}", UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
    ]
    if let scalar = simple[byte] {
      offset += 1
      return scalar
    }
    let start = offset
    let first = try codeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    // A character beyond the first 65,536 is written as two halves.
    if first < 0xDC00, take("\\") {
      let second = try codeUnit()
      if second >= 0xDC00, second < 0xE000,
        let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
      {
        return scalar
      }
    }
    throw .syntax(offset: start, expected: "a pair of surrogates")
  }

  /// The number in "u" and four hexadecimal digits.
  private mutating func codeUnit() throws(JSONError) -> UInt32 {
    guard take("u") else { throw expected("an escape such as \\n or \\u0041") }
    guard offset + 4 <= bytes.count, bytes[offset..<offset + 4].allSatisfy({ isHexadecimal($0) }),
      let value = UInt32(String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16)
    else { throw expected("four hexadecimal digits") }
    offset += 4
    return value
  }

  private func isHexadecimal(_ byte: UInt8) -> Bool { Character(Unicode.Scalar(byte)).isHexDigit }
}
