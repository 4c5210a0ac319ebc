public import DenseArrays

/// A recording as a value: a straight-line program in flat arrays, without closures.
///
/// A program can be run, printed, differentiated and nested in an operation of another one. Slots are numbered in the
/// order in which they are made; inputs come as leaves, then each operation's results.
public struct Program: Sendable {
  let storage: ProgramStorage

  /// The shapes and types of the inputs.
  public var inputTypes: [(shape: Shape, scalarType: ScalarType)] {
    storage.inputs.map { (storage.slots[Int($0)].shape, storage.slots[Int($0)].scalarType) }
  }

  /// The shapes and types of the outputs.
  public var outputTypes: [(shape: Shape, scalarType: ScalarType)] {
    storage.outputs.map { (storage.slots[Int($0)].shape, storage.slots[Int($0)].scalarType) }
  }

  /// The number of operations.
  public var operationCount: Int { storage.operations.count }
}

/// The arrays of a program; never changed once made.
final class ProgramStorage: @unchecked Sendable {
  struct SlotType {
    var shape: Shape
    var scalarType: ScalarType
  }

  var scalarType: ScalarType = .float32
  var slots: [SlotType] = []
  var operations: [Operation] = []
  var operandSlots: [Int32] = []
  var integers: [Int] = []
  var scalars: [Double] = []
  var inputs: [Int32] = []
  var outputs: [Int32] = []
  /// The scope of each operation, spelled out, and names of values: side tables that survive rewriting.
  var scopes: [Int32: String] = [:]
  var names: [Int32: String] = [:]
  var retained: [AnyObject] = []
  /// Arrays that constants of the recording held.
  var constants: [Int32: DenseArray] = [:]
}
