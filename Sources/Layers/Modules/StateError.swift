public import DenseArrays

/// What is wrong with saved values that do not fit what they are loaded into, which is left as it was.
public enum StateError: Error, Equatable, Sendable {
  /// Something to be loaded has no saved value; `found` are the names of those that there are.
  case missing(name: String, found: [String])
  /// A saved value belongs to nothing; `expected` are the names that are known.
  case unexpected(name: String, expected: [String])
  /// Two saved values have the same name.
  case repeated(name: String)
  /// A saved value has another shape.
  case shape(name: String, expected: Shape, found: Shape)
  /// A saved value has another type.
  case scalarType(name: String, expected: ScalarType, found: ScalarType)
  /// A saved number is out of range.
  case value(name: String, expected: String, found: Double)

  /// The saved values in the order of what is expected, once all of them are known to fit.
  package static func match(
    _ state: [(name: String, array: DenseArray)], to expected: [(name: String, shape: Shape, scalarType: ScalarType)]
  ) throws(StateError) -> [DenseArray] {
    let names = Set(expected.map(\.name))
    var values: [String: DenseArray] = [:]
    for (name, value) in state {
      guard names.contains(name) else { throw .unexpected(name: name, expected: expected.map(\.name)) }
      guard values.updateValue(value, forKey: name) == nil else { throw .repeated(name: name) }
    }
    var matched: [DenseArray] = []
    for (name, shape, scalarType) in expected {
      guard let value = values[name] else { throw .missing(name: name, found: state.map(\.name)) }
      guard value.shape == shape else { throw .shape(name: name, expected: shape, found: value.shape) }
      guard value.scalarType == scalarType else {
        throw .scalarType(name: name, expected: scalarType, found: value.scalarType)
      }
      matched.append(value)
    }
    return matched
  }
}

extension StateError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let name, let found):
      "no value for \"\(name)\"; found \(StateError.list(found))"
    case .unexpected(let name, let expected):
      "a value for \"\(name)\", which is unknown; expected \(StateError.list(expected))"
    case .repeated(let name):
      "two values for \"\(name)\""
    case .shape(let name, let expected, let found):
      "\"\(name)\": expected shape \(expected), found \(found)"
    case .scalarType(let name, let expected, let found):
      "\"\(name)\": expected \(expected), found \(found)"
    case .value(let name, let expected, let found):
      "\"\(name)\": expected \(expected), found \(found)"
    }
  }

  /// Some names on one line, cut where it would get long.
  private static func list(_ names: [String]) -> String {
    if names.isEmpty { return "nothing" }
    let shown = names.prefix(8).joined(separator: ", ")
    return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
  }
}
