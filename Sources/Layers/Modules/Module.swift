internal import Autodiff
public import DenseArrays

/// Something with parameters: a layer, a cell, a whole model.
///
///     struct Classifier: Module {
///       let cell: GRU
///       let output: Linear
///     }
///     classifier.parameters.map(\.name)  // ["cell.reset.inputWeights", ..., "output.weights", "output.bias"]
///
/// Nothing has to be declared. Parameters are found by reflection, in the order of the properties, and named by the path of
/// properties that leads to them. Structs, enums, tuples, arrays, optionals and classes that are modules are followed;
/// an optional leaves no trace in a name, an array's element is named by its index. A parameter that is reached twice is
/// tied and counts once, under the first name. A dictionary or set that holds parameters stops, because it keeps no order.
/// Other classes are not followed; an optimizer that is given gradients of parameters hidden in them says so.
public protocol Module: SendableMetatype {
  /// The name of a property in the names of the parameters below it; an empty name leaves the property out of them.
  ///
  /// By default the property's own name. A wrapper that should leave no trace answers "" for what it wraps.
  func parameterName(ofProperty property: String) -> String
}

extension Module {
  public func parameterName(ofProperty property: String) -> String { property }

  /// The parameters with their names, each once.
  ///
  /// Found anew by reflection at each call, some microseconds a property: keep the result where it is needed often.
  public var parameters: NamedParameters { NamedParameters(of: self) }

  /// The number of trainable numbers; tied parameters count once.
  public var parameterCount: Int { parameters.elementCount }

  /// Changes the type of all parameters and buffers in place; float32 values become float64 exactly, float64 values are rounded.
  ///
  /// A type that is not a floating-point type, and an open tape that uses one of the parameters, stop.
  public func convert(to scalarType: ScalarType) {
    guard scalarType.isFloatingPoint else {
      stop("Module.convert: parameters are float32 or float64, not \(scalarType)")
    }
    for (_, parameter) in parameters where parameter.scalarType != scalarType {
      parameter.value = parameter.value.converted(to: scalarType)
    }
    for (_, buffer) in buffers where buffer.value.scalarType.isFloatingPoint {
      buffer.value = buffer.value.converted(to: scalarType)
    }
  }
}
