internal import Autodiff
internal import DenseArrays

/// The walk over a module's properties.
enum Reflection {
  /// Calls `visit` with `module`'s properties, theirs and so on, in order, each with its name; below a value for which
  /// `visit` returns false the walk does not go on.
  static func walk(_ module: any Module, _ visit: (Any, String) -> Bool) {
    var classes: Set<ObjectIdentifier> = []
    descend(module, "", &classes, visit)
  }

  private static func step(
    _ value: Any, _ name: String, _ classes: inout Set<ObjectIdentifier>, _ visit: (Any, String) -> Bool
  ) {
    if value is any Leaf { return }
    if visit(value, name) { descend(value, name, &classes, visit) }
  }

  private static func descend(
    _ value: Any, _ name: String, _ classes: inout Set<ObjectIdentifier>, _ visit: (Any, String) -> Bool
  ) {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional:
      if let wrapped = mirror.children.first { step(wrapped.value, name, &classes, visit) }
    case .collection:
      for (index, element) in mirror.children.enumerated() {
        step(element.value, join(name, String(index)), &classes, visit)
      }
    case .dictionary, .set:
      refuseParameters(in: mirror, name, &classes)
    case .class:
      guard let module = value as? any Module, classes.insert(ObjectIdentifier(module as AnyObject)).inserted else {
        return
      }
      properties(of: mirror, module, name, &classes, visit)
    default:
      properties(of: mirror, value as? any Module, name, &classes, visit)
    }
  }

  private static func properties(
    of mirror: Mirror, _ module: (any Module)?, _ name: String, _ classes: inout Set<ObjectIdentifier>,
    _ visit: (Any, String) -> Bool
  ) {
    if let parent = mirror.superclassMirror { properties(of: parent, module, name, &classes, visit) }
    for child in mirror.children {
      let property = cleaned(child.label ?? "")
      step(child.value, join(name, module?.parameterName(ofProperty: property) ?? property), &classes, visit)
    }
  }

  /// The name of a property as it was written: tuples label their elements ".0", lazy properties have a prefix.
  private static func cleaned(_ label: String) -> String {
    let lazyPrefix = "$__lazy_storage_$_"
    if label.hasPrefix(lazyPrefix) { return String(label.dropFirst(lazyPrefix.count)) }
    return label.hasPrefix(".") ? String(label.dropFirst()) : label
  }

  private static func join(_ path: String, _ property: String) -> String {
    if property.isEmpty { return path }
    return path.isEmpty ? property : path + "." + property
  }

  private static func refuseParameters(
    in mirror: Mirror, _ name: String, _ classes: inout Set<ObjectIdentifier>
  ) {
    for child in mirror.children {
      step(child.value, name, &classes) { value, _ in
        guard value is Parameter else { return true }
        let kind = mirror.displayStyle == .set ? "set" : "dictionary"
        stop(
          "Module: \"\(name)\" is a \(kind) that holds parameters, which it keeps in no order; "
            + "use an array, or a struct with a property for each")
      }
    }
  }
}

/// A type whose values are never looked into: they hold no parameters and may be large.
private protocol Leaf {}

extension Bool: Leaf {}
extension Int: Leaf {}
extension Int32: Leaf {}
extension Float: Leaf {}
extension Double: Leaf {}
extension String: Leaf {}
extension Shape: Leaf {}
extension ScalarType: Leaf {}
extension DenseArray: Leaf {}
extension Variable: Leaf {}
extension Tape: Leaf {}
extension Array: Leaf where Element: Leaf {}
extension Optional: Leaf where Wrapped: Leaf {}
