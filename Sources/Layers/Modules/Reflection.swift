internal import Autodiff
internal import DenseArrays

/// The walk over a module's properties.
enum Reflection {
  /// Where the walk goes after a value.
  enum Turn { case into, past, end }

  /// What a walk remembers.
  private struct Walk {
    var classes: Set<ObjectIdentifier> = []
    var isOver = false
  }

  /// Calls `visit` with `module`'s properties, theirs and so on, in order, each with its name.
  static func walk(_ module: any Module, _ visit: (Any, String) -> Turn) {
    var walk = Walk()
    descend(module, "", &walk, visit)
  }

  private static func step(_ value: Any, _ name: String, _ walk: inout Walk, _ visit: (Any, String) -> Turn) {
    if walk.isOver || value is any Leaf { return }
    switch visit(value, name) {
    case .into: descend(value, name, &walk, visit)
    case .past: break
    case .end: walk.isOver = true
    }
  }

  private static func descend(_ value: Any, _ name: String, _ walk: inout Walk, _ visit: (Any, String) -> Turn) {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional:
      if let wrapped = mirror.children.first { step(wrapped.value, name, &walk, visit) }
    case .collection:
      for (index, element) in mirror.children.enumerated() {
        step(element.value, join(name, String(index)), &walk, visit)
      }
    case .dictionary, .set:
      refuseParameters(in: mirror, name, &walk)
    case .class:
      guard let module = value as? any Module else { return }
      let isNew = walk.classes.insert(ObjectIdentifier(module as AnyObject)).inserted
      if isNew { properties(of: mirror, module, name, &walk, visit) }
    default:
      properties(of: mirror, value as? any Module, name, &walk, visit)
    }
  }

  private static func properties(
    of mirror: Mirror, _ module: (any Module)?, _ name: String, _ walk: inout Walk, _ visit: (Any, String) -> Turn
  ) {
    if let parent = mirror.superclassMirror { properties(of: parent, module, name, &walk, visit) }
    for child in mirror.children where !walk.isOver {
      let property = cleaned(child.label ?? "")
      step(child.value, join(name, module?.parameterName(ofProperty: property) ?? property), &walk, visit)
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

  private static func refuseParameters(in mirror: Mirror, _ name: String, _ walk: inout Walk) {
    for child in mirror.children {
      step(child.value, name, &walk) { value, _ in
        guard value is Parameter else { return .into }
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
