extension RandomNumberGenerator {
  /// A number in 0 ..< bound from the upper half of a product: off uniform by less than one part in 2^40 for bounds below
  /// 2^24.
  mutating func number(below bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number in a range.
  mutating func number(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + number(below: range.count)
  }

  /// A number in 0 ..< 1 with 24 bits, so that it is a float32 below 1.
  mutating func fraction() -> Float { Float(next() >> 40) * 0x1p-24 }
}
