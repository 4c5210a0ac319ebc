public import DenseArrays

/// Where a recording first made a NaN or an infinity.
public struct NonFiniteReport: Sendable, CustomStringConvertible {
  /// The operation's name.
  public let operation: String
  /// What a reverse sweep was at when it ran the operation: "the derivative of tanh", "the gradient of output.bias"; nil
  /// outside of a reverse sweep.
  public let sweep: String?
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
    operation = NonFiniteReport.title(view)
    sweep = NonFiniteReport.place(inSweepOf: tape)
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

  /// The name of an operation with its attributes.
  private static func title(_ view: OperationView) -> String {
    let primitive = view.operation.pointee.primitive.takeUnretainedValue()
    let attributes = primitive.describeAttributes(view)
    return attributes.isEmpty ? primitive.name : "\(primitive.name) \(attributes)"
  }

  private static func place(inSweepOf tape: Tape) -> String? {
    let slot = tape.core.pointee.reversedSlot
    guard slot >= 0 else { return nil }
    let producer = tape.core.pointee.slots[slot].producer
    if producer >= 0 { return "the derivative of \(title(OperationView(core: tape.core, index: producer)))" }
    return "the gradient of \(tape.valueNames[slot] ?? "a leaf of shape \(tape.core.pointee.slots[slot].shape)")"
  }

  public var description: String {
    let place = scope.isEmpty ? "" : " in \(scope)"
    let operands = operandShapes.map(\.description).joined(separator: ", ")
    let origin =
      nonFiniteOperands.isEmpty
      ? "its operands were finite"
      : "operands \(nonFiniteOperands.map(String.init).joined(separator: ", ")) were not finite"
    let found = value.isNaN ? "NaN" : value < 0 ? "-infinity" : "infinity"
    let derivative = sweep.map { ", for \($0)," } ?? ""
    return "\(operation)(\(operands))\(derivative)\(place) made \(found) at element \(index); \(origin)"
  }
}
