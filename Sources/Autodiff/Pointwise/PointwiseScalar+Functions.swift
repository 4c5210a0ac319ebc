// The functions of traced scalars. Each applies to every element; the error bounds stand in CKernels' pointwise.h.

/// The hyperbolic tangent of x.
public func tanh(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.tanh) }

/// The logistic sigmoid 1 / (1 + exp(-x)).
public func sigmoid(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.sigmoid) }

/// log(1 + exp(x)).
public func softplus(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.softplus) }

/// e to the power x.
public func exp(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.exp) }

/// exp(x) - 1, accurate for small x.
public func expm1(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.expm1) }

/// The natural logarithm of x; NaN for x < 0.
public func log(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.log) }

/// log(1 + x), accurate for small x.
public func log1p(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.log1p) }

/// The sine of x, in radians.
public func sin(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.sin) }

/// The cosine of x, in radians.
public func cos(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.cos) }

/// The error function of x.
public func erf(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.erf) }

/// The square root of x; NaN for x < 0.
public func sqrt(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.squareRoot) }

/// The magnitude of x; its derivative at 0 is 0.
public func abs(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.absolute) }

/// The largest integer that is not greater than x; derivative 0.
public func floor(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.floor) }

/// The smallest integer that is not less than x; derivative 0.
public func ceil(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.ceil) }

/// The nearest integer, ties to even; derivative 0.
public func round(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.round) }

/// -1, 0 or 1 with the sign of x; derivative 0.
public func sign(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.sign) }

/// The larger of x and 0, with derivative 0 at 0.
public func relu(_ x: PointwiseScalar) -> PointwiseScalar { x.apply(.maximum, x.literal(0)) }

/// 1 where x > 0, else 0; derivative 0.
public func step(_ x: PointwiseScalar) -> PointwiseScalar { select(x .> 0, x.literal(1), x.literal(0)) }

/// The nearest integer, whose derivative is taken to be 1.
public func roundStraightThrough(_ x: PointwiseScalar) -> PointwiseScalar { straightThrough(round(x), derivativeOf: x) }

/// 1 where x > 0, else 0, whose derivative is taken to be 1.
public func stepStraightThrough(_ x: PointwiseScalar) -> PointwiseScalar { straightThrough(step(x), derivativeOf: x) }

/// The value of `value` with the derivative of `surrogate`, for functions that have no useful derivative of their own.
public func straightThrough(_ value: PointwiseScalar, derivativeOf surrogate: PointwiseScalar) -> PointwiseScalar {
  value.apply(.straightThrough, surrogate)
}

/// The smaller of a and b, NaN when either is; at a tie the derivative goes to b, or to a constant.
public func minimum(_ a: PointwiseScalar, _ b: PointwiseScalar) -> PointwiseScalar { a.apply(.minimum, b) }

/// The smaller of a and b, NaN when either is; at a tie the derivative goes to b, or to a constant.
public func minimum(_ a: PointwiseScalar, _ b: PointwiseLiteral) -> PointwiseScalar {
  a.apply(.minimum, a.literal(b.value))
}

/// The smaller of a and b, NaN when either is; at a tie the derivative goes to b, or to a constant.
public func minimum(_ a: PointwiseLiteral, _ b: PointwiseScalar) -> PointwiseScalar {
  b.literal(a.value).apply(.minimum, b)
}

/// The smaller of a and b, NaN when either is; at a tie the derivative goes to b, or to a constant.
@_disfavoredOverload
public func minimum(_ a: PointwiseScalar, _ b: Double) -> PointwiseScalar {
  a.apply(.minimum, a.constant(b))
}

/// The smaller of a and b, NaN when either is; at a tie the derivative goes to b, or to a constant.
@_disfavoredOverload
public func minimum(_ a: Double, _ b: PointwiseScalar) -> PointwiseScalar {
  b.constant(a).apply(.minimum, b)
}

/// The larger of a and b, NaN when either is; at a tie the derivative goes to b, or to a constant.
public func maximum(_ a: PointwiseScalar, _ b: PointwiseScalar) -> PointwiseScalar { a.apply(.maximum, b) }

/// The larger of a and b, NaN when either is; at a tie the derivative goes to b, or to a constant.
public func maximum(_ a: PointwiseScalar, _ b: PointwiseLiteral) -> PointwiseScalar {
  a.apply(.maximum, a.literal(b.value))
}

/// The larger of a and b, NaN when either is; at a tie the derivative goes to b, or to a constant.
public func maximum(_ a: PointwiseLiteral, _ b: PointwiseScalar) -> PointwiseScalar {
  b.literal(a.value).apply(.maximum, b)
}

/// The larger of a and b, NaN when either is; at a tie the derivative goes to b, or to a constant.
@_disfavoredOverload
public func maximum(_ a: PointwiseScalar, _ b: Double) -> PointwiseScalar {
  a.apply(.maximum, a.constant(b))
}

/// The larger of a and b, NaN when either is; at a tie the derivative goes to b, or to a constant.
@_disfavoredOverload
public func maximum(_ a: Double, _ b: PointwiseScalar) -> PointwiseScalar {
  b.constant(a).apply(.maximum, b)
}

/// a - b floor(a / b): the remainder with the sign of b.
public func modulo(_ a: PointwiseScalar, _ b: PointwiseScalar) -> PointwiseScalar { a.apply(.modulo, b) }

/// a - b floor(a / b): the remainder with the sign of b.
public func modulo(_ a: PointwiseScalar, _ b: PointwiseLiteral) -> PointwiseScalar {
  a.apply(.modulo, a.literal(b.value))
}

/// a - b floor(a / b): the remainder with the sign of b.
public func modulo(_ a: PointwiseLiteral, _ b: PointwiseScalar) -> PointwiseScalar {
  b.literal(a.value).apply(.modulo, b)
}

/// a - b floor(a / b): the remainder with the sign of b.
@_disfavoredOverload
public func modulo(_ a: PointwiseScalar, _ b: Double) -> PointwiseScalar {
  a.apply(.modulo, a.constant(b))
}

/// a - b floor(a / b): the remainder with the sign of b.
@_disfavoredOverload
public func modulo(_ a: Double, _ b: PointwiseScalar) -> PointwiseScalar {
  b.constant(a).apply(.modulo, b)
}

/// a to the power b; NaN for a < 0 unless b is an integer.
public func pow(_ a: PointwiseScalar, _ b: PointwiseScalar) -> PointwiseScalar { a.apply(.power, b) }

/// a to the power b; NaN for a < 0 unless b is an integer.
public func pow(_ a: PointwiseScalar, _ b: PointwiseLiteral) -> PointwiseScalar {
  a.apply(.power, a.literal(b.value))
}

/// a to the power b; NaN for a < 0 unless b is an integer.
public func pow(_ a: PointwiseLiteral, _ b: PointwiseScalar) -> PointwiseScalar {
  b.literal(a.value).apply(.power, b)
}

/// a to the power b; NaN for a < 0 unless b is an integer.
@_disfavoredOverload
public func pow(_ a: PointwiseScalar, _ b: Double) -> PointwiseScalar {
  a.apply(.power, a.constant(b))
}

/// a to the power b; NaN for a < 0 unless b is an integer.
@_disfavoredOverload
public func pow(_ a: Double, _ b: PointwiseScalar) -> PointwiseScalar {
  b.constant(a).apply(.power, b)
}

/// a where the mask holds, else b. The branch that is not taken has derivative 0, even where it is infinite or NaN.
public func select(_ mask: PointwiseMask, _ a: PointwiseScalar, _ b: PointwiseScalar) -> PointwiseScalar {
  let tracer = a.tracer
  let index = tracer.state.pointee.record(.select, tracer.check(mask.scalar), tracer.check(a), tracer.check(b))
  return PointwiseScalar(tracer: tracer, index: index, generation: a.generation)
}

/// a where the mask holds, else b.
public func select(_ mask: PointwiseMask, _ a: PointwiseScalar, _ b: PointwiseLiteral) -> PointwiseScalar {
  select(mask, a, mask.scalar.literal(b.value))
}

/// a where the mask holds, else b.
public func select(_ mask: PointwiseMask, _ a: PointwiseLiteral, _ b: PointwiseScalar) -> PointwiseScalar {
  select(mask, mask.scalar.literal(a.value), b)
}

/// a where the mask holds, else b.
public func select(_ mask: PointwiseMask, _ a: PointwiseLiteral, _ b: PointwiseLiteral) -> PointwiseScalar {
  select(mask, mask.scalar.literal(a.value), mask.scalar.literal(b.value))
}

/// a where the mask holds, else b.
@_disfavoredOverload
public func select(_ mask: PointwiseMask, _ a: PointwiseScalar, _ b: Double) -> PointwiseScalar {
  select(mask, a, mask.scalar.constant(b))
}

/// a where the mask holds, else b.
@_disfavoredOverload
public func select(_ mask: PointwiseMask, _ a: Double, _ b: PointwiseScalar) -> PointwiseScalar {
  select(mask, mask.scalar.constant(a), b)
}
