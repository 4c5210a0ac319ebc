extension JSONValue {
  /// The value of an object's key; nil for a key that is not there and for what is no object.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The text of a string.
  package var string: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// A number as the nearest one in double precision.
  package var double: Double? {
    guard case .number(let digits) = self else { return nil }
    return Double(digits)
  }

  /// A whole number.
  package var integer: Int? {
    guard case .number(let digits) = self else { return nil }
    return Int(digits)
  }

  /// True or false.
  package var boolean: Bool? {
    guard case .boolean(let value) = self else { return nil }
    return value
  }

  /// The values of an array.
  package var array: [JSONValue]? {
    guard case .array(let values) = self else { return nil }
    return values
  }
}
