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

  /// Reads a file with a line an image: a label and the pixels row by row, with commas between, with or without a heading.
  ///
  /// - Throws: `DigitsError`, which names line and column, when a line has no label from 0 to 9, another number of fields than
  ///   the first, or pixels that are no square image or no numbers; when the file cannot be read or has too few images.
  public init(path: String, label: LabelColumn = .first) throws(DigitsError) {
    let bytes: [UInt8]
    do {
      bytes = try InputFile.bytes(path: path)
    } catch {
      throw .unreadable(path: path, reason: error.reason)
    }
    try self.init(text: String(decoding: bytes, as: UTF8.self), path: path, label: label)
  }

  /// Reads lines; the path is for messages.
  public init(text: String, path: String, label: LabelColumn = .first) throws(DigitsError) {
    let table = DelimitedText(text)
    var images: [(label: Int, pixels: [Float])] = []
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
      var pixels: [Float] = []
      pixels.reserveCapacity(columns - 1)
      for (index, field) in line.fields.enumerated() where index != labelIndex {
        guard let value = Float(field), value.isFinite, value >= 0 else {
          throw .notAPixel(path: path, line: line.number, column: index + 1, found: String(field))
        }
        pixels.append(value)
      }
      images.append((digit, pixels))
    }
    guard images.count >= Self.fewest else {
      throw .tooFew(path: path, count: images.count, needed: Self.fewest)
    }
    guard let largest = images.lazy.compactMap({ $0.pixels.max() }).max(), largest > 0 else { throw .blank(path: path) }
    var random = RandomSource(seed: UInt64(images.count))
    images.shuffle(using: &random)
    source = path
    self.side = side
    labels = images.map(\.label)
    pixels = images.flatMap { $0.pixels.map { $0 / largest } }
    training = 0..<images.count * 8 / 10
    heldOut = training.upperBound..<images.count * 9 / 10
    test = heldOut.upperBound..<images.count
  }

  /// The share of the test images that have the digit which is the most frequent among them.
  var chance: Double {
    var counts = [Int](repeating: 0, count: 10)
    for label in labels[test] { counts[label] += 1 }
    return Double(counts.max() ?? 0) / Double(test.count)
  }
}
