internal import Autodiff
internal import DenseArrays

/// Stops for a rate that is no probability below 1.
func requireRate(_ rate: Double, _ owner: String) {
  guard rate >= 0, rate < 1 else { stop("\(owner): a rate of \(rate); expected at least 0 and below 1") }
}

extension Variable {
  /// The value where `mask` is 1, scaled up so that its mean stays, and 0 where it is 0.
  func kept(_ mask: Variable, rate: Double) -> Variable { self * mask / (1 - rate) }
}

extension RandomSource {
  /// A number for the draws of one place in a model; others draw at other numbers, also a few above it.
  mutating func nextSite() -> Int { Int(next() >> 16) << 8 }
}
