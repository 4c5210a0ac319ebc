public import Autodiff
public import DenseArrays

extension Module {
  /// The values of all parameters by name; later changes of the parameters leave them as they are.
  public var state: [(name: String, value: DenseArray)] {
    parameters.map { ($0.name, $0.parameter.value) }
  }

  /// Sets all parameters to saved values.
  ///
  /// Every parameter has to be there, with its shape and type, and nothing else: whatever does not fit is thrown before
  /// the first parameter is changed. An open tape that uses one of the parameters stops.
  public func load(_ state: [(name: String, value: DenseArray)]) throws(StateError) {
    try parameters.load(state)
  }
}

extension NamedParameters {
  /// Sets all parameters to saved values; see `Module.load(_:)`.
  public func load(_ state: [(name: String, value: DenseArray)]) throws(StateError) {
    var values: [String: DenseArray] = [:]
    for (name, value) in state {
      guard self[name] != nil else { throw .unexpected(name: name, expected: map(\.name)) }
      guard values.updateValue(value, forKey: name) == nil else { throw .repeated(name: name) }
    }
    var new: [DenseArray] = []
    for (name, parameter) in self {
      guard let value = values[name] else { throw .missing(name: name, found: state.map(\.name)) }
      guard value.shape == parameter.shape else {
        throw .shape(name: name, expected: parameter.shape, found: value.shape)
      }
      guard value.scalarType == parameter.scalarType else {
        throw .scalarType(name: name, expected: parameter.scalarType, found: value.scalarType)
      }
      new.append(value)
    }
    for ((_, parameter), value) in zip(self, new) { parameter.value = value }
  }
}

/// What is wrong with saved values that do not fit a module; the module is as it was.
public enum StateError: Error, Equatable, Sendable {
  /// A parameter of the module has no saved value; `found` are the names of those that there are.
  case missing(name: String, found: [String])
  /// A saved value belongs to no parameter; `expected` are the parameters' names.
  case unexpected(name: String, expected: [String])
  /// Two saved values have the same name.
  case repeated(name: String)
  /// A saved value has another shape than its parameter.
  case shape(name: String, expected: Shape, found: Shape)
  /// A saved value has another type than its parameter.
  case scalarType(name: String, expected: ScalarType, found: ScalarType)
}

extension StateError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let name, let found):
      "no value for parameter \"\(name)\"; found \(StateError.list(found))"
    case .unexpected(let name, let expected):
      "a value for \"\(name)\", which is no parameter; expected \(StateError.list(expected))"
    case .repeated(let name):
      "two values for parameter \"\(name)\""
    case .shape(let name, let expected, let found):
      "parameter \"\(name)\": expected shape \(expected), found \(found)"
    case .scalarType(let name, let expected, let found):
      "parameter \"\(name)\": expected \(expected), found \(found)"
    }
  }

  /// Some names on one line, cut where it would get long.
  private static func list(_ names: [String]) -> String {
    if names.isEmpty { return "nothing" }
    let shown = names.prefix(8).joined(separator: ", ")
    return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
  }
}
