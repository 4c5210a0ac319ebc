/// How a value depends on another one, element by element.
enum LinearDependence: Int, Comparable {
  /// Not at all.
  case none
  /// As a x + b, where a and b do not depend on x; only on the same element of x.
  case linear
  /// In any other way.
  case other

  static func < (a: LinearDependence, b: LinearDependence) -> Bool { a.rawValue < b.rawValue }
}

extension PointwiseProgram {
  /// How each result depends on something, given how each operand does.
  func dependences(of operands: [LinearDependence]) -> [LinearDependence] {
    var values: [LinearDependence] = []
    values.reserveCapacity(nodes.count)
    for node in nodes {
      values.append(
        node.operation == .input
          ? operands[Int(node.a)]
          : Self.dependence(
            of: node.operation, (0..<node.operation.operandCount).map { values[Int(node.operand($0))] }))
    }
    return outputs.map { values[Int($0)] }
  }

  private static func dependence(of operation: PointwiseOperation, _ operands: [LinearDependence]) -> LinearDependence {
    let most = operands.max() ?? .none
    guard most == .linear else { return most }
    switch operation {
    case .add, .subtract, .negate: return .linear
    case .multiply: return operands.contains(.none) ? .linear : .other
    case .divide: return operands[1] == .none ? .linear : .other
    case .select: return operands[0] == .none ? .linear : .other
    default: return .other
    }
  }
}
