public import DenseArrays

/// Where a recording first made a NaN or an infinity.
public struct NonFiniteReport: Sendable, CustomStringConvertible {
  /// The operation's name.
  public let operation: String
  /// The shapes of its operands.
  public let operandShapes: [Shape]
  /// Which operands held a NaN or an infinity already.
  public let nonFiniteOperands: [Int]
  /// The scope: "gru0, step 17", or an empty string.
  public let scope: String
  /// The innermost time step, if there is one.
  public let step: Int?
  /// The position of the first such element in the result, row-major.
  public let index: Int
  /// The element.
  public let value: Double

  init(_ view: OperationView, result: Int, index: Int, tape: Tape) {
    let primitive = view.operation.pointee.primitive.takeUnretainedValue()
    let attributes = primitive.describeAttributes(view)
    operation = attributes.isEmpty ? primitive.name : "\(primitive.name) \(attributes)"
    operandShapes = (0..<view.operandCount).map { view.operandShape($0) }
    nonFiniteOperands = (0..<view.operandCount).filter { tape.firstNonFinite(in: view.operandEntry($0).pointee) != nil }
    scope = tape.core.pointee.scopeDescription(view.operation.pointee.scope)
    step = tape.core.pointee.step(of: view.operation.pointee.scope)
    self.index = index
    let entry = view.resultEntry(result).pointee
    value =
      entry.pointer.map {
        entry.scalarType == .float32
          ? Double($0.load(fromByteOffset: 4 * index, as: Float.self))
          : $0.load(fromByteOffset: 8 * index, as: Double.self)
      } ?? .nan
  }

  public var description: String {
    let place = scope.isEmpty ? "" : " in \(scope)"
    let operands = operandShapes.map(\.description).joined(separator: ", ")
    let origin =
      nonFiniteOperands.isEmpty
      ? "its operands were finite"
      : "operands \(nonFiniteOperands.map(String.init).joined(separator: ", ")) were not finite"
    let found = value.isNaN ? "NaN" : value < 0 ? "-infinity" : "infinity"
    return "\(operation)(\(operands))\(place) made \(found) at element \(index); \(origin)"
  }
}
