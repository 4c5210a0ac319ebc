internal import DenseArrays

/// An element type of the format that can be read.
enum SafetensorsType: String, CaseIterable {
  case float32 = "F32"
  case float64 = "F64"
  case int32 = "I32"
  case float16 = "F16"
  case bfloat16 = "BF16"

  /// The type in which elements are written.
  init(_ scalarType: ScalarType) {
    switch scalarType {
    case .float32: self = .float32
    case .float64: self = .float64
    case .int32: self = .int32
    }
  }

  /// The size of an element in the file.
  var byteCount: Int {
    switch self {
    case .float64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16: 2
    }
  }

  /// The type that elements have in memory: the half-precision types become float32, which holds all their numbers.
  var scalarType: ScalarType {
    switch self {
    case .float64: .float64
    case .int32: .int32
    case .float32, .float16, .bfloat16: .float32
    }
  }

  /// The float32 number with the bits of a half-precision one.
  func widened(_ bits: UInt16) -> Float {
    if self == .bfloat16 { return Float(bitPattern: UInt32(bits) << 16) }
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:
      // Zero or denormal: a multiple of 2^-24, exactly.
      let magnitude = Float(fraction) * 0x1p-24
      return Float(bitPattern: sign | magnitude.bitPattern)
    case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
