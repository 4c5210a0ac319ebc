/// A series of numbers, cut into a part to train on, one held out and one for the test, in the order of time.
public struct TimeSeries: Sendable {
  /// Where it is from, for messages.
  public let source: String
  /// The numbers.
  public let values: [Double]
  /// The first 60 %: what is trained on.
  public let training: Range<Int>
  /// The next 10 %: what is held out.
  public let heldOut: Range<Int>
  /// The last 30 %: what is tested on.
  public let test: Range<Int>

  /// The fewest numbers of a series.
  public static let fewest: Int = 50

  /// Reads the last column of a file of comma-separated lines, with or without a heading.
  ///
  /// In a file of one column a blank line between numbers is a missing one.
  ///
  /// - Throws: `SeriesError`, which names line and column, when a field is missing or not a number, when the file cannot be
  ///   read, when it has fewer than `fewest` numbers, or when those to train on are all the same.
  public init(path: String) throws(SeriesError) {
    let bytes: [UInt8]
    do {
      bytes = try InputFile.bytes(path: path)
    } catch {
      throw .unreadable(path: path, reason: error.reason)
    }
    try self.init(text: String(decoding: bytes, as: UTF8.self), path: path)
  }

  /// Reads comma-separated lines; the path is for messages.
  public init(text: String, path: String) throws(SeriesError) {
    let table = DelimitedText(text)
    let columns = table.heading?.count ?? table.lines.first?.fields.count ?? 0
    var values: [Double] = []
    var last: Int?
    for line in table.lines {
      if columns == 1, let last, line.number > last + 1 { throw .missing(path: path, line: last + 1, column: 1) }
      last = line.number
      guard line.fields.count == columns else {
        throw .fieldCount(path: path, line: line.number, expected: columns, found: line.fields.count)
      }
      let field = line.fields[columns - 1]
      guard !field.isEmpty else { throw .missing(path: path, line: line.number, column: columns) }
      guard let value = Double(field), value.isFinite else {
        throw .notANumber(path: path, line: line.number, column: columns, found: String(field))
      }
      values.append(value)
    }
    try self.init(values: values, source: path)
  }

  /// A series of numbers.
  public init(values: [Double], source: String) throws(SeriesError) {
    guard values.count >= Self.fewest else {
      throw .tooShort(path: source, count: values.count, needed: Self.fewest)
    }
    self.values = values
    self.source = source
    let (end, testStart) = (values.count * 6 / 10, values.count * 7 / 10)
    training = 0..<end
    heldOut = end..<testStart
    test = testStart..<values.count
    guard values[training].contains(where: { $0 != values[0] }) else {
      throw .constant(path: source, value: values[0])
    }
  }

  /// Mean and standard deviation of the training part.
  var trainingMoments: (mean: Double, deviation: Double) {
    let part = values[training]
    let mean = part.reduce(0, +) / Double(part.count)
    let squares = part.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / Double(part.count)).squareRoot())
  }
}
