internal import DenseArrays

/// Text that may stand in XML.
enum XMLText {
  /// The text with markup characters as entities; a character that XML 1.0 does not allow becomes U+FFFD.
  ///
  /// The result may stand between tags and in attributes with either kind of quotation mark.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A coordinate with at most two decimals and no more of them than needed.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { stop("SVGDrawing: a coordinate that is \(value)") }
    return Decimals.trimmed(value, to: 2)
  }
}
