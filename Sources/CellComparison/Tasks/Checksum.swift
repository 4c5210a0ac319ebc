/// Short numbers that tell data apart.
enum Checksum {
  /// Sixteen hexadecimal digits made of values in their order.
  ///
  /// Source: Fowler, Noll and Vo's hash FNV-1a of 64 bits, over the eight bytes of each value's bits from the lowest.
  static func text(of values: some Sequence<some BinaryInteger>) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for value in values {
      let word = UInt64(truncatingIfNeeded: value)
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        hash = (hash ^ ((word >> shift) & 0xFF)) &* 0x0000_0100_0000_01B3
      }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
