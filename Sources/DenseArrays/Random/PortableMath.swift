/// The transcendental functions that normal numbers need, from IEEE 754 operations only.
///
/// A platform's own library may round them differently, and then the same seed would give other numbers there.
package enum PortableMath {
  /// The natural logarithm of a positive normal number.
  ///
  /// With x = 2^e m and m in sqrt(1/2) ..< sqrt(2), log x = e log 2 + 2 artanh(s) for s = (m - 1) / (m + 1), whose series
  /// in s * s <= 0.0295 ends below 2^-55 after eleven terms; within 2 units in the last place.
  @inline(__always)
  package static func logarithm(_ x: Double) -> Double {
    // Adding the distance from sqrt(1/2) to 1 in bits carries into the exponent exactly when the mantissa is in the upper
    // part, so that 1 itself and its neighbours have e = 0 and lose no digit.
    let halfRoot = (0.5 as Double).squareRoot().bitPattern
    let one = (1.0 as Double).bitPattern
    let shifted = x.bitPattern &+ (one &- halfRoot)
    let exponent = Int64(bitPattern: shifted >> 52) &- 1023
    let mantissa = Double(bitPattern: (shifted & 0x000F_FFFF_FFFF_FFFF) &+ halfRoot)
    let s = (mantissa - 1) / (mantissa + 1)
    let z = s * s
    var series = 1.0 / 21
    series = series * z + 1.0 / 19
    series = series * z + 1.0 / 17
    series = series * z + 1.0 / 15
    series = series * z + 1.0 / 13
    series = series * z + 1.0 / 11
    series = series * z + 1.0 / 9
    series = series * z + 1.0 / 7
    series = series * z + 1.0 / 5
    series = series * z + 1.0 / 3
    let e = Double(exponent)
    // log 2 in two parts, the first with 21 trailing zero bits, so that its product with e is exact.
    return e * 0x1.62E42FEEp-1 + (2 * s + (2 * s * z * series + e * 0x1.A39EF35793C76p-33))
  }

  /// Cosine and sine of an angle in turns, 0 ..< 1.
  ///
  /// The nearest quarter turn is taken off exactly; the rest, at most an eighth of a turn, goes into Taylor series that
  /// end below 2^-54. Each is within 2^-52 of the true value.
  @inline(__always)
  package static func cosineAndSine(turns: Double) -> (cosine: Double, sine: Double) {
    let quarters = turns * 4
    let nearest = Int64(quarters + 0.5)
    let x = (quarters - Double(nearest)) * (Double.pi / 2)
    let z = x * x
    var sine = -1.0 / 1_307_674_368_000
    sine = sine * z + 1.0 / 6_227_020_800
    sine = sine * z - 1.0 / 39_916_800
    sine = sine * z + 1.0 / 362_880
    sine = sine * z - 1.0 / 5040
    sine = sine * z + 1.0 / 120
    sine = sine * z - 1.0 / 6
    sine = x + x * z * sine
    var cosine = 1.0 / 20_922_789_888_000
    cosine = cosine * z - 1.0 / 87_178_291_200
    cosine = cosine * z + 1.0 / 479_001_600
    cosine = cosine * z - 1.0 / 3_628_800
    cosine = cosine * z + 1.0 / 40320
    cosine = cosine * z - 1.0 / 720
    cosine = cosine * z + 1.0 / 24
    cosine = 1 + z * (cosine * z - 0.5)
    // Odd quarters exchange the two; the signs follow the quadrant. Selections, because the quadrant cannot be predicted.
    let isOdd = nearest & 1 != 0
    let horizontal = isOdd ? sine : cosine
    let vertical = isOdd ? cosine : sine
    let isLeft = (nearest &+ 1) & 2 != 0
    let isLower = nearest & 2 != 0
    return (isLeft ? -horizontal : horizontal, isLower ? -vertical : vertical)
  }
}
