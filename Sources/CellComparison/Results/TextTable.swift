/// Rows of text in aligned columns.
///
///     var table = TextTable([.left("cell"), .right("parameters")])
///     table.append(["elman", "22"])
///     print(table.text)
public struct TextTable: Sendable {
  /// A column: its heading and the side its entries are aligned to.
  public struct Column: Sendable {
    let heading: String
    let alignsRight: Bool

    /// A column of words.
    public static func left(_ heading: String) -> Column { Column(heading: heading, alignsRight: false) }
    /// A column of numbers.
    public static func right(_ heading: String) -> Column { Column(heading: heading, alignsRight: true) }
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  /// A table without rows.
  public init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row; a number of entries other than the number of columns is filled up with empty ones or cut.
  public mutating func append(_ entries: [String]) {
    rows.append(columns.indices.map { $0 < entries.count ? entries[$0] : "" })
  }

  /// The table with a line under the headings, each line ended; two spaces between columns, none at the end of a line.
  public var text: String {
    let headings = columns.map(\.heading)
    let widths = columns.indices.map { column in
      ([headings] + rows).map { $0[column].count }.max() ?? 0
    }
    let rule = widths.map { String(repeating: "-", count: $0) }
    return ([headings, rule] + rows).map { line($0, widths) + "\n" }.joined()
  }

  /// The table as an element of a page.
  var html: String {
    func row(_ entries: [String], _ tag: String) -> String {
      "<tr>"
        + zip(columns, entries).map { column, entry in
          "<\(tag)\(column.alignsRight ? " class=\"number\"" : "")>\(XMLText.escaped(entry))</\(tag)>"
        }.joined() + "</tr>"
    }
    let lines = [row(columns.map(\.heading), "th")] + rows.map { row($0, "td") }
    return "<table>\n" + lines.joined(separator: "\n") + "\n</table>"
  }

  private func line(_ entries: [String], _ widths: [Int]) -> String {
    let padded = columns.indices.map { column in
      let space = String(repeating: " ", count: widths[column] - entries[column].count)
      return columns[column].alignsRight ? space + entries[column] : entries[column] + space
    }
    var text = padded.joined(separator: "  ")
    while text.last == " " { text.removeLast() }
    return text
  }
}
