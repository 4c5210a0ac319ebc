internal import DenseArrays

/// Square grey images of digits with their labels, in an order of their own.
///
/// Files of digits are often sorted; images are put into a random order that depends on their number alone, then the first
/// eight tenths are for training, the next tenth is held out and the last is for the test.
public struct DigitImages: Sendable {
  /// Where the label is in a line.
  public enum LabelColumn: String, CaseIterable, Sendable {
    /// In the first field, as in files made of MNIST.
    case first
    /// In the last field, as in the files of the UCI repository.
    case last
  }

  /// Where it is from, for messages.
  public let source: String
  /// The width and height of an image.
  public let side: Int
  /// The digits.
  public let labels: [Int]
  /// The pixels divided by the largest one, row-major, image behind image.
  let pixels: [Float]
  /// What is trained on.
  public let training: Range<Int>
  /// What is held out.
  public let heldOut: Range<Int>
  /// What is tested on.
  public let test: Range<Int>

  /// The fewest images.
  public static let fewest: Int = 20

  /// Reads a file with a line an image: a label and the pixels row by row, with commas between, with or without a heading; or
  /// an IDX file of images in the format of MNIST, with its labels in a file beside it (`train-images-idx3-ubyte` and
  /// `train-labels-idx1-ubyte`).
  ///
  /// - Throws: `DigitsError`, which names line and column, when a line has no label from 0 to 9, another number of fields than
  ///   the first, or pixels that are no square image or no numbers; when an IDX file is damaged, or its labels are missing
  ///   or others; when the file cannot be read, is compressed or has too few images.
  public init(path: String, label: LabelColumn = .first) throws(DigitsError) {
    let bytes = try Self.bytes(path: path) { .unreadable(path: path, reason: $0) }
    if IDXFile.isLikely(bytes) {
      try self.init(idx: bytes, path: path)
    } else {
      try self.init(text: String(decoding: bytes, as: UTF8.self), path: path, label: label)
    }
  }

  /// The bytes of a file that is not compressed.
  static func bytes(path: String, unreadable: (String) -> DigitsError) throws(DigitsError) -> [UInt8] {
    let bytes: [UInt8]
    do {
      bytes = try InputFile.bytes(path: path)
    } catch {
      throw unreadable(error.reason)
    }
    let gzip: [UInt8] = [0x1F, 0x8B]
    if bytes.starts(with: gzip) { throw .compressed(path: path) }
    return bytes
  }

  /// Reads lines; the path is for messages.
  public init(text: String, path: String, label: LabelColumn = .first) throws(DigitsError) {
    let table = DelimitedText(text)
    var (labels, pixels): ([Int], [Float]) = ([], [])
    guard let first = table.lines.first else { throw .tooFew(path: path, count: 0, needed: Self.fewest) }
    let columns = first.fields.count
    let side = Int(Double(columns - 1).squareRoot())
    guard side >= 2, side * side == columns - 1 else {
      throw .notSquare(path: path, line: first.number, pixels: columns - 1)
    }
    for line in table.lines {
      guard line.fields.count == columns else {
        throw .fieldCount(path: path, line: line.number, expected: columns, found: line.fields.count)
      }
      let labelIndex = label == .first ? 0 : columns - 1
      let field = line.fields[labelIndex]
      guard let value = Double(field), let digit = Int(exactly: value), (0...9).contains(digit) else {
        throw .notADigit(path: path, line: line.number, column: labelIndex + 1, found: String(field))
      }
      for (index, field) in line.fields.enumerated() where index != labelIndex {
        guard let value = Float(field), value.isFinite, value >= 0 else {
          throw .notAPixel(path: path, line: line.number, column: index + 1, found: String(field))
        }
        pixels.append(value)
      }
      labels.append(digit)
    }
    try self.init(labels: labels, pixels: pixels, side: side, source: path)
  }

  /// Images one behind the other, in their first order.
  init(labels: [Int], pixels: [Float], side: Int, source: String) throws(DigitsError) {
    guard labels.count >= Self.fewest else {
      throw .tooFew(path: source, count: labels.count, needed: Self.fewest)
    }
    guard let largest = pixels.max(), largest > 0 else { throw .blank(path: source) }
    var order = Array(labels.indices)
    var random = RandomSource(seed: UInt64(labels.count))
    order.shuffle(using: &random)
    let size = side * side
    self.source = source
    self.side = side
    self.labels = order.map { labels[$0] }
    self.pixels = order.flatMap { image in pixels[image * size..<(image + 1) * size].lazy.map { $0 / largest } }
    training = 0..<labels.count * 8 / 10
    heldOut = training.upperBound..<labels.count * 9 / 10
    test = heldOut.upperBound..<labels.count
  }

  /// The share of the test images that have the digit which is the most frequent among them.
  var chance: Double {
    var counts = [Int](repeating: 0, count: 10)
    for label in labels[test] { counts[label] += 1 }
    return Double(counts.max() ?? 0) / Double(test.count)
  }
}
