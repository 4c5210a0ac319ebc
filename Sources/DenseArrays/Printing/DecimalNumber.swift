/// A finite number as decimal digits: the shortest ones that name it among the numbers of its type.
struct DecimalNumber {
  /// Whether the number has a minus sign.
  var isNegative: Bool = false
  /// Digits without leading or trailing zeros; none for zero.
  var digits: [UInt8] = []
  /// The power of ten of the first digit.
  var exponent: Int = 0

  /// The digits of Swift's own description, such as "-12.5" or "1.5e-07".
  init(description: String) {
    let parts = description.split(separator: "e")
    let shift = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    var pointPosition: Int?
    for character in parts[0].utf8 {
      switch character {
      case UInt8(ascii: "-"): isNegative = true
      case UInt8(ascii: "."): pointPosition = digits.count
      default: digits.append(character - UInt8(ascii: "0"))
      }
    }
    exponent = (pointPosition ?? digits.count) - 1 + shift
    trim()
  }

  /// The number of digits after the decimal point.
  var decimals: Int { max(digits.count - 1 - exponent, 0) }

  private mutating func trim() {
    let leading = digits.prefix { $0 == 0 }.count
    digits.removeFirst(leading)
    exponent -= leading
    while digits.last == 0 { digits.removeLast() }
    if digits.isEmpty { exponent = 0 }
  }

  /// The nearest number with at most `count` digits; halves are rounded away from zero.
  private func rounded(toCount count: Int) -> DecimalNumber {
    guard count < digits.count else { return self }
    var result = self
    let roundsUp = count >= 0 && digits[count] >= 5
    result.digits = [0] + digits.prefix(max(count, 0))
    result.exponent += 1
    if roundsUp {
      var index = result.digits.count - 1
      while result.digits[index] == 9 {
        result.digits[index] = 0
        index -= 1
      }
      result.digits[index] += 1
    }
    result.trim()
    return result
  }

  /// The number with a fixed number of decimals, such as "-12.50"; negative zero keeps its sign.
  func fixed(decimals: Int) -> String {
    let number = rounded(toCount: exponent + 1 + decimals)
    var text = isNegative ? "-" : ""
    for power in stride(from: max(number.exponent, 0), through: -decimals, by: -1) {
      if power == -1 { text += "." }
      text += "\(number.digit(power))"
    }
    return text
  }

  /// The number with one digit before the point and an exponent, such as "-1.250e-07".
  func scientific(decimals: Int) -> String {
    let number = rounded(toCount: 1 + decimals)
    var text = (isNegative ? "-" : "") + "\(number.digit(number.exponent))"
    if decimals > 0 { text += "." }
    for place in 0..<decimals { text += "\(number.digit(number.exponent - 1 - place))" }
    let size = abs(number.exponent)
    return text + (number.exponent < 0 ? "e-" : "e+") + (size < 10 ? "0" : "") + "\(size)"
  }

  private func digit(_ power: Int) -> UInt8 {
    let index = exponent - power
    return digits.indices.contains(index) ? digits[index] : 0
  }
}
