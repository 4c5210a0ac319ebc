internal import CKernels
internal import DenseArrays

/// An array of one value, for recordings without values. Scalars: the value. Integers: scalar type, shape.
final class FillPrimitive: Primitive, @unchecked Sendable {
  static let shared = FillPrimitive(immortal: "fill")

  static func integers(_ shape: Shape, _ scalarType: ScalarType) -> [Int] { [Int(scalarType.rawValue)] + Array(shape) }

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    results.append(Shape(operation.integers.dropFirst()), ScalarType(rawValue: UInt8(operation.integer(0))) ?? .float32)
  }

  override func execute(_ operation: OperationView) {
    fill(operation.resultEntry(0).pointee, with: operation.scalar(0))
  }

  override func reverse(_ operation: ReverseOperation) {}
  override func forward(_ operation: ForwardOperation) {}
}

/// A distribution that a tape draws from.
public enum RandomDistribution: Hashable, Sendable {
  /// Uniform on [0, 1).
  case uniform
  /// Normal with mean 0 and variance 1.
  case normal
  /// 1 with this probability, else 0.
  case bernoulli(Double)
}

/// Random numbers that depend on a seed, a site and a step only, so that a recording can be run again.
///
/// Integers: distribution, seed, site, step, increment, scalar type, shape. Scalars: the probability. With an increment
/// other than 0, each row of the first axis is drawn for a step of its own: step, step + increment, ...
final class RandomPrimitive: Primitive, @unchecked Sendable {
  static let shared = RandomPrimitive(immortal: "random")

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    results.append(
      Shape(operation.integers.dropFirst(6)), ScalarType(rawValue: UInt8(operation.integer(5))) ?? .float32)
  }

  override func execute(_ operation: OperationView) {
    let entry = operation.resultEntry(0).pointee
    let seed = UInt64(bitPattern: Int64(operation.integer(1)))
    let site = UInt64(bitPattern: Int64(operation.integer(2)))
    let increment = operation.integer(4)
    let rows = increment == 0 ? 1 : entry.shape[0]
    guard rows > 0 else { return }
    let count = entry.shape.count / rows
    let type = entry.scalarType
    for row in 0..<rows {
      let pointer = operation.resultElements(0) + row * count * type.byteCount
      let step = UInt64(bitPattern: Int64(operation.integer(3) + row * increment))
      switch operation.integer(0) {
      case 0: fillUniform(pointer, scalarType: type, count: count, seed: seed, site: site, step: step)
      case 1: fillNormal(pointer, scalarType: type, count: count, seed: seed, site: site, step: step)
      default:
        fillBernoulli(
          pointer, scalarType: type, count: count, seed: seed, site: site, step: step, probability: operation.scalar(0))
      }
    }
  }

  override func reverse(_ operation: ReverseOperation) {}
  override func forward(_ operation: ForwardOperation) {}
}
