internal import CKernels

/// The transcendental functions that normal numbers need, from IEEE 754 operations only.
///
/// A platform's own library may round them differently, and then the same seed would give other numbers there.
package enum PortableMath {
  /// The natural logarithm of a positive normal number, within 2 units in the last place.
  package static func logarithm(_ x: Double) -> Double { tk_portable_logarithm(x) }

  /// Cosine and sine of an angle in turns, 0 ..< 1, each within 2^-52 of the true value.
  package static func cosineAndSine(turns: Double) -> (cosine: Double, sine: Double) {
    var (cosine, sine) = (0.0, 0.0)
    tk_portable_cosine_and_sine(turns, &cosine, &sine)
    return (cosine, sine)
  }
}
