internal import Interchange

/// A JSON object whose keys keep their order, written on one line.
///
///     JSONObject([("task", "adding"), ("value", .number(0.25)), ("seed", 1)]).line
///     // {"task": "adding", "value": 0.25, "seed": 1}
public struct JSONObject: Sendable {
  /// A value of an object.
  public indirect enum Value: Sendable {
    case string(String)
    case integer(Int)
    /// A number; one that is not finite is written as null, since JSON has no other word for it.
    case number(Double)
    case boolean(Bool)
    case null
    /// Values on the same line, in order.
    case array([Value])
    /// An object within the object, on the same line.
    case object(JSONObject)
  }

  /// The members in the order in which they are written.
  public private(set) var members: [(key: String, value: Value)]

  /// An object with the given members.
  public init(_ members: [(String, Value)] = []) {
    self.members = members.map { (key: $0.0, value: $0.1) }
  }

  /// Adds a member at the end.
  public mutating func append(_ key: String, _ value: Value) {
    members.append((key, value))
  }

  /// The object as one line of text, without a line end.
  public var line: String {
    let texts = members.map { JSONValue.quoted($0.key) + ": " + $0.value.text }
    return "{" + texts.joined(separator: ", ") + "}"
  }
}

extension JSONObject.Value {
  /// The value as JSON text.
  var text: String {
    switch self {
    case .string(let string): JSONValue.quoted(string)
    case .integer(let integer): String(integer)
    case .number(let number): number.isFinite ? JSONObject.Value.shortest(number) : "null"
    case .boolean(let boolean): boolean ? "true" : "false"
    case .null: "null"
    case .array(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .object(let object): object.line
    }
  }

  /// The shortest decimal form that reads back as the same number; whole numbers without ".0".
  private static func shortest(_ number: Double) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension JSONObject.Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
}
