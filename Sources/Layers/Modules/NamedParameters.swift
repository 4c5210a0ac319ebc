public import Autodiff
internal import DenseArrays

/// The parameters of a module with their names, in the order of the module's properties, each parameter once.
///
///     let parameters = model.parameters
///     for (name, parameter) in parameters { print(name, parameter.shape) }
///     parameters["cell.forget.bias"]?.value
public struct NamedParameters: RandomAccessCollection, Sendable {
  public typealias Element = (name: String, parameter: Parameter)

  private let elements: [Element]
  private let positions: [String: Int]
  private let identities: [ObjectIdentifier: Int]

  /// Finds a module's parameters by reflection; two different parameters with one name stop.
  public init(of module: any Module) {
    var elements: [Element] = []
    var positions: [String: Int] = [:]
    var identities: [ObjectIdentifier: Int] = [:]
    Reflection.walk(module) { value, name in
      guard let parameter = value as? Parameter else { return .into }
      if identities[ObjectIdentifier(parameter)] == nil {
        if positions.updateValue(elements.count, forKey: name) != nil {
          stop("\(type(of: module)): two different parameters are named \"\(name)\"")
        }
        identities[ObjectIdentifier(parameter)] = elements.count
        elements.append((name, parameter))
      }
      return .past
    }
    self.elements = elements
    self.positions = positions
    self.identities = identities
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { elements.count }
  public subscript(index: Int) -> Element { elements[index] }

  /// The parameter with a given name, if there is one.
  public subscript(name: String) -> Parameter? { positions[name].map { elements[$0].parameter } }

  /// The name of a parameter, if it is one of these.
  public func name(of parameter: Parameter) -> String? {
    identities[ObjectIdentifier(parameter)].map { elements[$0].name }
  }

  /// The number of trainable numbers in all parameters together.
  public var elementCount: Int { elements.reduce(0) { $0 + $1.parameter.shape.count } }
}
