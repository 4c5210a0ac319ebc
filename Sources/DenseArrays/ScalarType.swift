/// The type of an array's elements, known at run time.
@frozen
public enum ScalarType: UInt8, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  /// IEEE 754 single precision.
  case float32 = 0
  /// IEEE 754 double precision.
  case float64 = 1
  /// Signed 32-bit integers: indices and labels.
  case int32 = 2

  /// The size of an element in bytes.
  @inlinable public var byteCount: Int { self == .float64 ? 8 : 4 }

  /// Whether elements are floating-point numbers.
  @inlinable public var isFloatingPoint: Bool { self != .int32 }

  public var description: String {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    case .int32: "int32"
    }
  }
}

/// A Swift type whose values can be elements of a `DenseArray`: `Float`, `Double` and `Int32`.
public protocol DenseScalar: Sendable {
  /// The corresponding element type.
  static var scalarType: ScalarType { get }
}

extension Float: DenseScalar {
  public static var scalarType: ScalarType { .float32 }
}

extension Double: DenseScalar {
  public static var scalarType: ScalarType { .float64 }
}

extension Int32: DenseScalar {
  public static var scalarType: ScalarType { .int32 }
}
