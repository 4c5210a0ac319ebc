/// Lines of fields with commas between them, as spreadsheets write them.
///
/// A field may stand in quotation marks; spaces around fields, blank lines and a carriage return at a line's end do not
/// count. The first line is a heading when none of its fields is a number.
struct DelimitedText {
  /// A line that is not blank.
  struct Line {
    /// Its number in the file, from 1.
    let number: Int
    /// Its fields, without quotation marks and spaces around them.
    let fields: [Substring]
  }

  /// The heading's fields; nil when there is none.
  let heading: [Substring]?
  /// The lines behind the heading.
  let lines: [Line]

  /// Splits a text.
  init(_ text: String) {
    var lines: [Line] = []
    // By bytes, which is many times as fast as by characters; commas and line ends are single bytes.
    let newline = UInt8(ascii: "\n")
    for (index, line) in text.utf8.split(separator: newline, omittingEmptySubsequences: false).enumerated() {
      let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(Self.trimmed)
      if fields.count > 1 || !fields[0].isEmpty { lines.append(Line(number: index + 1, fields: fields)) }
    }
    let hasHeading = lines.first.map { $0.fields.allSatisfy { Double($0) == nil } } ?? false
    heading = hasHeading ? lines.removeFirst().fields : nil
    self.lines = lines
  }

  private static func trimmed(_ field: Substring.UTF8View) -> Substring {
    var field = field
    let spaces: ClosedRange<UInt8> = 0x09...0x0D
    while let first = field.first, first == 0x20 || spaces.contains(first) { field.removeFirst() }
    while let last = field.last, last == 0x20 || spaces.contains(last) { field.removeLast() }
    let mark = UInt8(ascii: "\"")
    if field.count >= 2, field.first == mark, field.last == mark { field = field.dropFirst().dropLast() }
    return Substring(field)
  }
}
