public import DenseArrays

/// An operation that a tape can record, run, differentiate and print: one object per definition, never per call.
///
/// Subclass it to add an operation of your own; the library's primitives have no other door. The five parts stand apart:
/// shape inference, execution, reverse rule, forward rule, printing. The two rules are written with `Variable`s, so that
/// the same rule serves a plain sweep (values only), a recorded one (differentiable again) and a symbolic one (no values).
open class Primitive: @unchecked Sendable {
  /// The name in messages, printed programs and graphs.
  public let name: String
  /// Whether tapes retain it.
  let isUserDefined: Bool
  /// Whether results may take over the memory of operands: `allocateResults` is asked then.
  let takesOperands: Bool

  /// A primitive with a name.
  public init(name: String) {
    self.name = name
    isUserDefined = true
    takesOperands = false
  }

  /// One of the library: it lives as long as the process, so that tapes need not retain it.
  init(immortal name: String, takesOperands: Bool = false) {
    self.name = name
    self.takesOperands = takesOperands
    isUserDefined = false
  }

  /// Says how many results there are and their shapes and types; stops through `operation.fail` when operands do not fit.
  open func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    stop("\(name): no shape inference")
  }

  /// Gives the results memory.
  func allocateResults(_ operation: OperationView) {
    for position in 0..<operation.resultCount {
      operation.core.pointee.allocate(Int(operation.operation.pointee.firstResult) + position)
    }
  }

  /// Writes every element of the results.
  open func execute(_ operation: OperationView) {
    stop("\(name): no execution")
  }

  /// Pushes the operands' cotangents, given those of the results.
  open func reverse(_ operation: ReverseOperation) {
    stop("\(name): has no reverse rule")
  }

  /// Sets the results' tangents, given those of the operands.
  open func forward(_ operation: ForwardOperation) {
    stop("\(name): has no forward rule")
  }

  /// The attributes as they are printed behind the name.
  open func describeAttributes(_ operation: OperationView) -> String {
    let numbers = (0..<operation.integerCount).map { String(operation.integer($0)) }
    let scalars = (0..<operation.scalarCount).map { String(operation.scalar($0)) }
    return (numbers + scalars).joined(separator: ", ")
  }

  /// The name in messages about one operation.
  func messageName(_ operation: OperationView) -> String { name }

  /// Whether cotangents and tangents stop here; false unless overridden.
  open var blocksGradients: Bool { false }

  /// Where the only result begins in the memory of operand 0, in bytes, or nil when it has memory of its own.
  ///
  /// A primitive that returns an offset is a view: it is not executed.
  open func viewOffset(_ operation: OperationView) -> Int? { nil }
}

/// Collects the results that a primitive's shape inference announces.
public struct ResultTypes {
  let core: UnsafeMutablePointer<TapeCore>
  var count: Int32 = 0

  /// Announces one more result.
  @inline(__always)
  public mutating func append(_ shape: Shape, _ scalarType: ScalarType) {
    core.pointee.slots.append(
      Slot(shape: shape, scalarType: scalarType, flags: [], producer: -1, pointer: nil))
    count &+= 1
  }
}

/// One recorded operation as its primitive sees it: operands, results and attributes.
public struct OperationView {
  let core: UnsafeMutablePointer<TapeCore>
  let index: Int32

  @inline(__always)
  var operation: UnsafeMutablePointer<Operation> { core.pointee.operations.base + Int(index) }

  /// The slots of the operands; valid until the next operation is recorded.
  @inline(__always)
  var operandSlots: UnsafeMutablePointer<Int32> {
    core.pointee.operandSlots.base + Int(operation.pointee.firstOperand)
  }

  @inline(__always)
  func operandSlot(_ position: Int) -> Int32 { operandSlots[position] }

  @inline(__always)
  func resultSlot(_ position: Int) -> Int32 { operation.pointee.firstResult &+ Int32(truncatingIfNeeded: position) }

  @inline(__always)
  func operandEntry(_ position: Int) -> UnsafeMutablePointer<Slot> {
    core.pointee.slots.base + Int(operandSlot(position))
  }

  @inline(__always)
  func resultEntry(_ position: Int) -> UnsafeMutablePointer<Slot> {
    core.pointee.slots.base + Int(resultSlot(position))
  }

  /// The number of operands.
  public var operandCount: Int { Int(operation.pointee.operandCount) }
  /// The number of results.
  public var resultCount: Int { Int(operation.pointee.resultCount) }
  /// The shape of an operand.
  public func operandShape(_ position: Int) -> Shape { operandEntry(position).pointee.shape }
  /// The element type of an operand.
  public func operandType(_ position: Int) -> ScalarType { operandEntry(position).pointee.scalarType }
  /// The shape of a result.
  public func resultShape(_ position: Int) -> Shape { resultEntry(position).pointee.shape }
  /// The element type of a result.
  public func resultType(_ position: Int) -> ScalarType { resultEntry(position).pointee.scalarType }
  /// The number of integer attributes.
  public var integerCount: Int { Int(operation.pointee.integerCount) }
  /// An integer attribute.
  @inline(__always)
  public func integer(_ position: Int) -> Int {
    core.pointee.integers[Int(operation.pointee.firstInteger) &+ position]
  }
  /// The number of floating-point attributes.
  public var scalarCount: Int { Int(operation.pointee.scalarCount) }
  /// A floating-point attribute.
  public func scalar(_ position: Int) -> Double { core.pointee.scalars[Int(operation.pointee.firstScalar) &+ position] }
  /// What was recorded with the operation beyond numbers.
  public var body: AnyObject? { operation.pointee.body?.takeUnretainedValue() }

  /// An operand's elements, contiguous and row-major; valid during `execute`.
  public func operandElements(_ position: Int) -> UnsafeRawPointer {
    guard let pointer = operandEntry(position).pointee.pointer else {
      stop("\(describe()): an operand without a value")
    }
    return UnsafeRawPointer(pointer)
  }

  /// A result's elements, contiguous and row-major, to be written; valid during `execute`.
  public func resultElements(_ position: Int) -> UnsafeMutableRawPointer {
    guard let pointer = resultEntry(position).pointee.pointer else { stop("\(describe()): a result without memory") }
    return pointer
  }

  /// Stops with one line that names the operation, the shapes of its operands and the scope.
  public func fail(_ message: String) -> Never { stop("\(describe()): \(message)\(scopeSuffix)") }

  /// The operation's name and its operands' shapes.
  func describe() -> String {
    let operands = (0..<operandCount).map { "\(operandShape($0))" }.joined(separator: ", ")
    return "\(operation.pointee.primitive.takeUnretainedValue().messageName(self))(\(operands))"
  }

  var scopeSuffix: String { core.pointee.scopeSuffix(operation.pointee.scope) }

  var integers: UnsafeBufferPointer<Int> {
    UnsafeBufferPointer(
      start: core.pointee.integers.base + Int(operation.pointee.firstInteger), count: integerCount)
  }

  var scalars: UnsafeBufferPointer<Double> {
    UnsafeBufferPointer(start: core.pointee.scalars.base + Int(operation.pointee.firstScalar), count: scalarCount)
  }
}
