internal import DenseArrays

extension MooreMachine {
  /// The automaton that adds two binary numbers, least significant digits first, with the answers `delay` steps late.
  ///
  /// Symbol 2 a + b is the digits a and b. A state remembers the carry and the last delay + 1 digits of the sum, and puts out
  /// the oldest: 2^(2 + delay) states, all different. State `carry * 2^(delay + 1) + digits`, the oldest digit first; state
  /// 0 is the start. A negative delay and one above 16 stop.
  ///
  /// Source: with one digit, Hinton's lecture notes on recurrent networks, and textbooks of switching theory (serial adder).
  public static func adder(delay: Int = 0) -> MooreMachine {
    guard (0...16).contains(delay) else { stop("MooreMachine.adder: a delay of \(delay); expected 0 to 16") }
    let histories = 1 << (delay + 1)
    return MooreMachine(
      outputs: (0..<2 * histories).map { ($0 % histories) >> delay },
      successors: (0..<2 * histories).map { state in
        (0..<4).map { symbol in
          let ones = state / histories + symbol / 2 + symbol % 2
          return ones / 2 * histories + (2 * state + ones % 2) % histories
        }
      })
  }

  /// What a state of `adder(delay:)` remembers: "carry 1, digits 10", the oldest digit first.
  static func adderStateName(_ state: Int, delay: Int) -> String {
    "carry \(state >> (delay + 1)), \(delay == 0 ? "digit" : "digits") \(adderDigits(state, delay: delay))"
  }

  /// The same for a small place: "carry 1" where the digit is the output, else "c1 10".
  static func adderStateNote(_ state: Int, delay: Int) -> String {
    let carry = state >> (delay + 1)
    return delay == 0 ? "carry \(carry)" : "c\(carry) \(adderDigits(state, delay: delay))"
  }

  private static func adderDigits(_ state: Int, delay: Int) -> String {
    (0...delay).reversed().map { String((state >> $0) & 1) }.joined()
  }
}
