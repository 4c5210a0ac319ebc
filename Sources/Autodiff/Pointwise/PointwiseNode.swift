/// One value of a pointwise program: an operation and the numbers of the values it reads.
///
/// For the leaves, `a` is the index of the input or constant, and `literal` holds the bits of a literal.
/// The fields fill the type without padding, so that arrays of nodes can be compared as bytes.
struct PointwiseNode: Hashable, BitwiseCopyable, Sendable {
  var literal: UInt64 = 0
  var code: UInt32
  var a: Int32 = 0
  var b: Int32 = 0
  var c: Int32 = 0

  init(_ operation: PointwiseOperation, _ a: Int32 = 0, _ b: Int32 = 0, _ c: Int32 = 0) {
    code = operation.rawValue
    self.a = a
    self.b = b
    self.c = c
  }

  init(literal value: Double) {
    code = PointwiseOperation.literal.rawValue
    literal = value.bitPattern
  }

  var operation: PointwiseOperation { PointwiseOperation(rawValue: code) ?? .input }

  var literalValue: Double? { operation == .literal ? Double(bitPattern: literal) : nil }

  /// The operand at `position` (0, 1, 2).
  func operand(_ position: Int) -> Int32 { position == 0 ? a : position == 1 ? b : c }
}
