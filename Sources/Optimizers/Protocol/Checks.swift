internal import DenseArrays
internal import Foundation

/// Stops unless a share that is kept from step to step is in 0 ..< 1.
func checkShare(_ share: Double, _ name: String) {
  guard share >= 0, share < 1 else { stop("Optimizer: \(name) \(share); expected it in 0 ..< 1") }
}

/// Stops unless a number is finite and not negative.
func checkEpsilon(_ epsilon: Double, _ name: String = "epsilon") {
  guard epsilon >= 0, epsilon.isFinite else {
    stop("Optimizer: \(name) \(epsilon); expected a finite number, 0 or more")
  }
}

/// base^exponent by repeated squaring, for an exponent that is not negative.
func integerPower(_ base: Double, _ exponent: Int) -> Double {
  var result = 1.0
  var square = base
  var rest = exponent
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}

/// base^exponent for any exponent; the module's own `pow` is the tape's.
func exponential(base: Double, _ exponent: Double) -> Double { Foundation.pow(base, exponent) }

/// e^x of a number; the module's own `exp` is the tape's.
func exponential(_ x: Double) -> Double { Foundation.exp(x) }
