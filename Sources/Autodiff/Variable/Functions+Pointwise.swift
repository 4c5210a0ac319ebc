/// The hyperbolic tangent of each element.
public func tanh(_ x: Variable) -> Variable { x.apply(.tanh) }

/// The logistic function 1 / (1 + exp(-x)) of each element.
public func sigmoid(_ x: Variable) -> Variable { x.apply(.sigmoid) }

/// log(1 + exp(x)) of each element, safe for any range.
public func softplus(_ x: Variable) -> Variable { x.apply(.softplus) }

/// max(x, 0) of each element; the derivative at 0 is 0.
public func relu(_ x: Variable) -> Variable { x.apply(.relu) }

/// The exponential of each element.
public func exp(_ x: Variable) -> Variable { x.apply(.exp) }

/// exp(x) - 1 of each element, accurate near 0.
public func expm1(_ x: Variable) -> Variable { x.apply(.expm1) }

/// The natural logarithm of each element.
public func log(_ x: Variable) -> Variable { x.apply(.log) }

/// log(1 + x) of each element, accurate near 0.
public func log1p(_ x: Variable) -> Variable { x.apply(.log1p) }

/// The sine of each element, in radians.
public func sin(_ x: Variable) -> Variable { x.apply(.sin) }

/// The cosine of each element, in radians.
public func cos(_ x: Variable) -> Variable { x.apply(.cos) }

/// The error function of each element.
public func erf(_ x: Variable) -> Variable { x.apply(.erf) }

/// The square root of each element.
public func sqrt(_ x: Variable) -> Variable { x.apply(.squareRoot) }

/// The magnitude of each element; the derivative at 0 is 0.
public func abs(_ x: Variable) -> Variable { x.apply(.absolute) }

/// x x of each element.
public func square(_ x: Variable) -> Variable { x.apply(.square) }

/// 1 / x of each element.
public func reciprocal(_ x: Variable) -> Variable { x.apply(.reciprocal) }

/// The largest integer that is not above each element; its derivative is 0.
public func floor(_ x: Variable) -> Variable { x.apply(.floor) }

/// The smallest integer that is not below each element; its derivative is 0.
public func ceil(_ x: Variable) -> Variable { x.apply(.ceil) }

/// The nearest integer, halves to even; its derivative is 0.
public func round(_ x: Variable) -> Variable { x.apply(.round) }

/// -1, 0 or 1; its derivative is 0.
public func sign(_ x: Variable) -> Variable { x.apply(.sign) }

/// 1 where x > 0, else 0; its derivative is 0.
public func step(_ x: Variable) -> Variable { x.apply(.step) }

/// The nearest integer, with the derivative of the identity (straight-through).
public func roundStraightThrough(_ x: Variable) -> Variable { x.apply(.roundStraightThrough) }

/// 1 where x > 0, else 0, with the derivative of the identity (straight-through).
public func stepStraightThrough(_ x: Variable) -> Variable { x.apply(.stepStraightThrough) }

/// The smaller of two elements.
public func minimum(_ a: Variable, _ b: Variable) -> Variable { a.apply(.minimum, b) }

/// The smaller of an element and a number.
public func minimum(_ a: Variable, _ b: Double) -> Variable { a.apply(.minimumConstant, constant: b) }

/// The larger of two elements.
public func maximum(_ a: Variable, _ b: Variable) -> Variable { a.apply(.maximum, b) }

/// The larger of an element and a number.
public func maximum(_ a: Variable, _ b: Double) -> Variable { a.apply(.maximumConstant, constant: b) }

/// a - b floor(a / b) of each pair.
public func modulo(_ a: Variable, _ b: Variable) -> Variable { a.apply(.modulo, b) }

/// a - b floor(a / b) for a number b.
public func modulo(_ a: Variable, _ b: Double) -> Variable { a.apply(.moduloConstant, constant: b) }

/// a to the power b.
public func pow(_ a: Variable, _ b: Variable) -> Variable { a.apply(.power, b) }

/// a to the power of a number.
public func pow(_ a: Variable, _ b: Double) -> Variable { a.apply(.powerConstant, constant: b) }

/// A number to the power b.
public func pow(_ a: Double, _ b: Variable) -> Variable { b.apply(.powerOfConstant, constant: a) }

/// x sigmoid(x) of each element (also called swish).
public func silu(_ x: Variable) -> Variable { pointwise(x) { x in x * sigmoid(x) } }
