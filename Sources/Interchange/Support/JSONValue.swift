/// A JSON value whose objects keep the order of their keys and never have one twice.
package enum JSONValue: Hashable, Sendable {
  case null
  case boolean(Bool)
  /// The digits as they were written, so that none is lost.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([Member])

  package struct Member: Hashable, Sendable {
    package let key: String
    package let value: JSONValue
  }

  /// What kind of value it is, for messages.
  var kind: String {
    switch self {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .number(let digits): "the number \(digits)"
    case .string(let text): "the string \(JSONValue.quoted(text))"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// A text as a JSON string, quotation marks included.
  package static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// Where a text is not JSON, and what should be there.
package enum JSONError: Error, Hashable, Sendable {
  case syntax(offset: Int, expected: String)
  case duplicateKey(String, offset: Int)
}
