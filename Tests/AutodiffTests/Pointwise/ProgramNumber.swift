import Autodiff
import Foundation

/// What a random program computes with: plain numbers, dual numbers, complex numbers or traced scalars.
protocol ProgramNumber {
  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self
  static prefix func - (a: Self) -> Self
  func number(_ value: Double) -> Self
  func apply(_ function: ProgramFunction) -> Self
  func power(_ exponent: Self) -> Self
  func modulo(_ divisor: Self) -> Self
  /// `a` where `self < other`, else `b`.
  func ifLess(_ other: Self, _ a: Self, _ b: Self) -> Self
}

enum ProgramFunction: CaseIterable {
  case exp, log, log1p, expm1, tanh, sigmoid, softplus, sin, cos, squareRoot, erf, absolute, floor, ceil, round, sign

  /// Those that complex steps can go through: analytic, and known for complex numbers here.
  static let analytic: [ProgramFunction] = [.exp, .log, .tanh, .sigmoid, .sin, .cos, .squareRoot]
}

extension ProgramNumber {
  func maximum(_ other: Self) -> Self { other.ifLess(self, self, other) }
  func minimum(_ other: Self) -> Self { ifLess(other, self, other) }
}

extension Double: ProgramNumber {
  func number(_ value: Double) -> Double { value }

  func apply(_ function: ProgramFunction) -> Double {
    switch function {
    case .exp: Foundation.exp(self)
    case .log: Foundation.log(self)
    case .log1p: Foundation.log1p(self)
    case .expm1: Foundation.expm1(self)
    case .tanh: Foundation.tanh(self)
    case .sigmoid: self < 0 ? Foundation.exp(self) / (1 + Foundation.exp(self)) : 1 / (1 + Foundation.exp(-self))
    case .softplus: Swift.max(self, 0) + Foundation.log1p(Foundation.exp(-magnitude))
    case .sin: Foundation.sin(self)
    case .cos: Foundation.cos(self)
    case .squareRoot: squareRoot()
    case .erf: Foundation.erf(self)
    case .absolute: magnitude
    case .floor: rounded(.down)
    case .ceil: rounded(.up)
    case .round: rounded(.toNearestOrEven)
    case .sign: self > 0 ? 1 : self < 0 ? -1 : self
    }
  }

  func power(_ exponent: Double) -> Double { Foundation.pow(self, exponent) }
  func modulo(_ divisor: Double) -> Double { self - divisor * (self / divisor).rounded(.down) }
  func ifLess(_ other: Double, _ a: Double, _ b: Double) -> Double { self < other ? a : b }
}

/// A number with its derivative in one direction.
struct Dual<Base: ProgramNumber>: ProgramNumber {
  var value: Base
  var tangent: Base

  private static func with(_ value: Base, _ tangent: Base) -> Dual { Dual(value: value, tangent: tangent) }

  static func + (a: Dual, b: Dual) -> Dual { with(a.value + b.value, a.tangent + b.tangent) }
  static func - (a: Dual, b: Dual) -> Dual { with(a.value - b.value, a.tangent - b.tangent) }
  static func * (a: Dual, b: Dual) -> Dual { with(a.value * b.value, a.tangent * b.value + a.value * b.tangent) }
  static func / (a: Dual, b: Dual) -> Dual {
    with(a.value / b.value, (a.tangent * b.value - a.value * b.tangent) / (b.value * b.value))
  }
  static prefix func - (a: Dual) -> Dual { with(-a.value, -a.tangent) }

  func number(_ number: Double) -> Dual { Self.with(value.number(number), value.number(0)) }

  func apply(_ function: ProgramFunction) -> Dual {
    let one = value.number(1)
    let y = value.apply(function)
    let slope: Base
    switch function {
    case .exp: slope = y
    case .log: slope = one / value
    case .log1p: slope = one / (one + value)
    case .expm1: slope = value.apply(.exp)
    case .tanh: slope = one - y * y
    case .sigmoid: slope = y * (one - y)
    case .softplus: slope = value.apply(.sigmoid)
    case .sin: slope = value.apply(.cos)
    case .cos: slope = -value.apply(.sin)
    case .squareRoot: slope = value.number(0.5) / y
    case .erf: slope = value.number(2 / Double.pi.squareRoot()) * (-(value * value)).apply(.exp)
    case .absolute: slope = value.apply(.sign)
    case .floor, .ceil, .round, .sign: return Self.with(y, value.number(0))
    }
    return Self.with(y, tangent * slope)
  }

  func power(_ exponent: Dual) -> Dual {
    let y = value.power(exponent.value)
    return Self.with(y, y * (exponent.tangent * value.apply(.log) + exponent.value * tangent / value))
  }

  func modulo(_ divisor: Dual) -> Dual {
    let quotient = (value / divisor.value).apply(.floor)
    return Self.with(value.modulo(divisor.value), tangent - divisor.tangent * quotient)
  }

  func ifLess(_ other: Dual, _ a: Dual, _ b: Dual) -> Dual {
    Self.with(
      value.ifLess(other.value, a.value, b.value), value.ifLess(other.value, a.tangent, b.tangent))
  }
}

/// Complex numbers for complex steps: f(x + i h) has the imaginary part h f'(x), without cancellation.
struct Complex: ProgramNumber {
  var real: Double
  var imaginary: Double

  static func + (a: Complex, b: Complex) -> Complex {
    Complex(real: a.real + b.real, imaginary: a.imaginary + b.imaginary)
  }
  static func - (a: Complex, b: Complex) -> Complex {
    Complex(real: a.real - b.real, imaginary: a.imaginary - b.imaginary)
  }
  static func * (a: Complex, b: Complex) -> Complex {
    Complex(
      real: a.real * b.real - a.imaginary * b.imaginary, imaginary: a.real * b.imaginary + a.imaginary * b.real)
  }
  static func / (a: Complex, b: Complex) -> Complex {
    let scale = b.real * b.real + b.imaginary * b.imaginary
    return Complex(
      real: (a.real * b.real + a.imaginary * b.imaginary) / scale,
      imaginary: (a.imaginary * b.real - a.real * b.imaginary) / scale)
  }
  static prefix func - (a: Complex) -> Complex { Complex(real: -a.real, imaginary: -a.imaginary) }

  func number(_ value: Double) -> Complex { Complex(real: value, imaginary: 0) }

  func apply(_ function: ProgramFunction) -> Complex {
    let one = number(1)
    switch function {
    case .exp:
      let scale = Foundation.exp(real)
      return Complex(real: scale * Foundation.cos(imaginary), imaginary: scale * Foundation.sin(imaginary))
    case .log:
      return Complex(
        real: Foundation.log(Foundation.hypot(real, imaginary)), imaginary: Foundation.atan2(imaginary, real))
    case .tanh:
      let e = (number(-2) * self).apply(.exp)
      return (one - e) / (one + e)
    case .sigmoid: return one / (one + (-self).apply(.exp))
    case .sin:
      return Complex(
        real: Foundation.sin(real) * Foundation.cosh(imaginary),
        imaginary: Foundation.cos(real) * Foundation.sinh(imaginary))
    case .cos:
      return Complex(
        real: Foundation.cos(real) * Foundation.cosh(imaginary),
        imaginary: -Foundation.sin(real) * Foundation.sinh(imaginary))
    case .squareRoot: return (number(0.5) * apply(.log)).apply(.exp)
    default: fatalError("\(function) of complex numbers")
    }
  }

  func power(_ exponent: Complex) -> Complex { (exponent * apply(.log)).apply(.exp) }
  func modulo(_ divisor: Complex) -> Complex { fatalError("modulo of complex numbers") }
  func ifLess(_ other: Complex, _ a: Complex, _ b: Complex) -> Complex { real < other.real ? a : b }
}

extension PointwiseScalar: ProgramNumber {
  func number(_ value: Double) -> PointwiseScalar { self * 0 + value }

  func apply(_ function: ProgramFunction) -> PointwiseScalar {
    switch function {
    case .exp: exp(self)
    case .log: log(self)
    case .log1p: log1p(self)
    case .expm1: expm1(self)
    case .tanh: tanh(self)
    case .sigmoid: sigmoid(self)
    case .softplus: softplus(self)
    case .sin: sin(self)
    case .cos: cos(self)
    case .squareRoot: sqrt(self)
    case .erf: erf(self)
    case .absolute: abs(self)
    case .floor: floor(self)
    case .ceil: ceil(self)
    case .round: round(self)
    case .sign: sign(self)
    }
  }

  func power(_ exponent: PointwiseScalar) -> PointwiseScalar { pow(self, exponent) }
  func modulo(_ divisor: PointwiseScalar) -> PointwiseScalar { Autodiff.modulo(self, divisor) }
  func ifLess(_ other: PointwiseScalar, _ a: PointwiseScalar, _ b: PointwiseScalar) -> PointwiseScalar {
    select(self .< other, a, b)
  }
  func maximum(_ other: PointwiseScalar) -> PointwiseScalar { Autodiff.maximum(self, other) }
  func minimum(_ other: PointwiseScalar) -> PointwiseScalar { Autodiff.minimum(self, other) }
}
