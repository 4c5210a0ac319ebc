// The operators of traced scalars: with each other, with a Double (a run-time scalar) and with a literal.

extension PointwiseScalar {
  /// The sum of two scalars.
  public static func + (a: PointwiseScalar, b: PointwiseScalar) -> PointwiseScalar { a.apply(.add, b) }

  /// The sum of a scalar and a written number.
  public static func + (a: PointwiseScalar, b: PointwiseLiteral) -> PointwiseScalar {
    a.apply(.add, a.literal(b.value))
  }

  /// The sum of a written number and a scalar.
  public static func + (a: PointwiseLiteral, b: PointwiseScalar) -> PointwiseScalar {
    b.literal(a.value).apply(.add, b)
  }

  /// The sum of a scalar and a run-time number.
  @_disfavoredOverload
  public static func + (a: PointwiseScalar, b: Double) -> PointwiseScalar { a.apply(.add, a.constant(b)) }

  /// The sum of a run-time number and a scalar.
  @_disfavoredOverload
  public static func + (a: Double, b: PointwiseScalar) -> PointwiseScalar { b.constant(a).apply(.add, b) }

  /// The difference of two scalars.
  public static func - (a: PointwiseScalar, b: PointwiseScalar) -> PointwiseScalar { a.apply(.subtract, b) }

  /// The difference of a scalar and a written number.
  public static func - (a: PointwiseScalar, b: PointwiseLiteral) -> PointwiseScalar {
    a.apply(.subtract, a.literal(b.value))
  }

  /// The difference of a written number and a scalar.
  public static func - (a: PointwiseLiteral, b: PointwiseScalar) -> PointwiseScalar {
    b.literal(a.value).apply(.subtract, b)
  }

  /// The difference of a scalar and a run-time number.
  @_disfavoredOverload
  public static func - (a: PointwiseScalar, b: Double) -> PointwiseScalar { a.apply(.subtract, a.constant(b)) }

  /// The difference of a run-time number and a scalar.
  @_disfavoredOverload
  public static func - (a: Double, b: PointwiseScalar) -> PointwiseScalar { b.constant(a).apply(.subtract, b) }

  /// The product of two scalars.
  public static func * (a: PointwiseScalar, b: PointwiseScalar) -> PointwiseScalar { a.apply(.multiply, b) }

  /// The product of a scalar and a written number.
  public static func * (a: PointwiseScalar, b: PointwiseLiteral) -> PointwiseScalar {
    a.apply(.multiply, a.literal(b.value))
  }

  /// The product of a written number and a scalar.
  public static func * (a: PointwiseLiteral, b: PointwiseScalar) -> PointwiseScalar {
    b.literal(a.value).apply(.multiply, b)
  }

  /// The product of a scalar and a run-time number.
  @_disfavoredOverload
  public static func * (a: PointwiseScalar, b: Double) -> PointwiseScalar { a.apply(.multiply, a.constant(b)) }

  /// The product of a run-time number and a scalar.
  @_disfavoredOverload
  public static func * (a: Double, b: PointwiseScalar) -> PointwiseScalar { b.constant(a).apply(.multiply, b) }

  /// The quotient of two scalars.
  public static func / (a: PointwiseScalar, b: PointwiseScalar) -> PointwiseScalar { a.apply(.divide, b) }

  /// The quotient of a scalar and a written number.
  public static func / (a: PointwiseScalar, b: PointwiseLiteral) -> PointwiseScalar {
    a.apply(.divide, a.literal(b.value))
  }

  /// The quotient of a written number and a scalar.
  public static func / (a: PointwiseLiteral, b: PointwiseScalar) -> PointwiseScalar {
    b.literal(a.value).apply(.divide, b)
  }

  /// The quotient of a scalar and a run-time number.
  @_disfavoredOverload
  public static func / (a: PointwiseScalar, b: Double) -> PointwiseScalar { a.apply(.divide, a.constant(b)) }

  /// The quotient of a run-time number and a scalar.
  @_disfavoredOverload
  public static func / (a: Double, b: PointwiseScalar) -> PointwiseScalar { b.constant(a).apply(.divide, b) }

  /// The opposite number.
  public static prefix func - (a: PointwiseScalar) -> PointwiseScalar { a.apply(.negate) }

  /// Where a is less than b; false where either is NaN.
  public static func .< (a: PointwiseScalar, b: PointwiseScalar) -> PointwiseMask { a.compare(.less, b) }

  /// Where a is less than a written number; false for NaN.
  public static func .< (a: PointwiseScalar, b: PointwiseLiteral) -> PointwiseMask {
    a.compare(.less, a.literal(b.value))
  }

  /// Where a is less than a run-time number; false where either is NaN.
  @_disfavoredOverload
  public static func .< (a: PointwiseScalar, b: Double) -> PointwiseMask { a.compare(.less, a.constant(b)) }

  /// Where a is less than or equal to b; false where either is NaN.
  public static func .<= (a: PointwiseScalar, b: PointwiseScalar) -> PointwiseMask { a.compare(.lessOrEqual, b) }

  /// Where a is less than or equal to a written number; false for NaN.
  public static func .<= (a: PointwiseScalar, b: PointwiseLiteral) -> PointwiseMask {
    a.compare(.lessOrEqual, a.literal(b.value))
  }

  /// Where a is less than or equal to a run-time number; false where either is NaN.
  @_disfavoredOverload
  public static func .<= (a: PointwiseScalar, b: Double) -> PointwiseMask { a.compare(.lessOrEqual, a.constant(b)) }

  /// Where a is greater than b; false where either is NaN.
  public static func .> (a: PointwiseScalar, b: PointwiseScalar) -> PointwiseMask { b.compare(.less, a) }

  /// Where a is greater than a written number; false for NaN.
  public static func .> (a: PointwiseScalar, b: PointwiseLiteral) -> PointwiseMask {
    a.literal(b.value).compare(.less, a)
  }

  /// Where a is greater than a run-time number; false where either is NaN.
  @_disfavoredOverload
  public static func .> (a: PointwiseScalar, b: Double) -> PointwiseMask { a.constant(b).compare(.less, a) }

  /// Where a is greater than or equal to b; false where either is NaN.
  public static func .>= (a: PointwiseScalar, b: PointwiseScalar) -> PointwiseMask { b.compare(.lessOrEqual, a) }

  /// Where a is greater than or equal to a written number; false for NaN.
  public static func .>= (a: PointwiseScalar, b: PointwiseLiteral) -> PointwiseMask {
    a.literal(b.value).compare(.lessOrEqual, a)
  }

  /// Where a is greater than or equal to a run-time number; false where either is NaN.
  @_disfavoredOverload
  public static func .>= (a: PointwiseScalar, b: Double) -> PointwiseMask { a.constant(b).compare(.lessOrEqual, a) }

  /// Where a is equal to b; false where either is NaN.
  public static func .== (a: PointwiseScalar, b: PointwiseScalar) -> PointwiseMask { a.compare(.equal, b) }

  /// Where a is equal to a written number; false for NaN.
  public static func .== (a: PointwiseScalar, b: PointwiseLiteral) -> PointwiseMask {
    a.compare(.equal, a.literal(b.value))
  }

  /// Where a is equal to a run-time number; false where either is NaN.
  @_disfavoredOverload
  public static func .== (a: PointwiseScalar, b: Double) -> PointwiseMask { a.compare(.equal, a.constant(b)) }
}

extension PointwiseMask {
  /// Where both hold.
  public static func .& (a: PointwiseMask, b: PointwiseMask) -> PointwiseMask { a.scalar.compare(.and, b.scalar) }

  /// Where at least one holds.
  public static func .| (a: PointwiseMask, b: PointwiseMask) -> PointwiseMask { a.scalar.compare(.or, b.scalar) }

  /// Where the mask does not hold.
  public static prefix func .! (a: PointwiseMask) -> PointwiseMask { PointwiseMask(scalar: a.scalar.apply(.not)) }
}
