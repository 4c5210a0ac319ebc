/// A file that no images of digits can be read from.
public enum DigitsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file could not be read, for the reason given.
  case unreadable(path: String, reason: String)
  /// A line has another number of fields than the first one; lines are counted from 1.
  case fieldCount(path: String, line: Int, expected: Int, found: Int)
  /// The fields beside the label are not the pixels of a square image.
  case notSquare(path: String, line: Int, pixels: Int)
  /// A label is no digit; lines and columns are counted from 1.
  case notADigit(path: String, line: Int, column: Int, found: String)
  /// A pixel is no number that is finite and not negative.
  case notAPixel(path: String, line: Int, column: Int, found: String)
  /// A file is compressed.
  case compressed(path: String)
  /// A file of MNIST's format begins with other bytes than those of its kind.
  case wrongMagic(path: String, expected: [UInt8], found: [UInt8])
  /// A file of MNIST's format has another number of bytes than its sizes say.
  case wrongLength(path: String, expected: Int, found: Int)
  /// There is no telling where the labels of images are, for the reason given.
  case noLabels(path: String, reason: String)
  /// The file with the labels could not be read, for the reason given.
  case unreadableLabels(path: String, reason: String)
  /// There are not as many labels as images.
  case countsDiffer(images: String, imageCount: Int, labels: String, labelCount: Int)
  /// Images are higher than wide, or wider than high, or smaller than 2 x 2.
  case notSquareImages(path: String, height: Int, width: Int)
  /// A byte that stands for a label is no digit; its offset in the file is counted from 0.
  case notADigitByte(path: String, offset: Int, found: Int)
  /// There are fewer images than are needed.
  case tooFew(path: String, count: Int, needed: Int)
  /// All pixels are 0.
  case blank(path: String)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path): expected images of digits, but \(reason)"
    case .fieldCount(let path, let line, let expected, let found):
      "\(path): line \(line), column \(min(expected, found) + 1): expected \(expected) fields as in the first line, found \(found)"
    case .notSquare(let path, let line, let pixels):
      "\(path): line \(line): expected a label and the pixels of a square image of at least 2 x 2, found \(pixels) pixels"
    case .notADigit(let path, let line, let column, let found):
      "\(path): line \(line), column \(column): expected a label from 0 to 9, found \"\(found)\""
    case .notAPixel(let path, let line, let column, let found):
      "\(path): line \(line), column \(column): expected a pixel of 0 or more, found \"\(found)\""
    case .compressed(let path):
      "\(path): expected images of digits, found a gzip file: unpack it first"
    case .wrongMagic(let path, let expected, let found):
      "\(path): expected a file of bytes that begins with \(Self.hexadecimal(expected)) "
        + "(\(expected.last == 3 ? "images" : "labels")), found \(Self.hexadecimal(found))"
    case .wrongLength(let path, let expected, let found):
      "\(path): expected \(expected) bytes as its header says, found \(found)"
    case .noLabels(let path, let reason):
      "\(path): expected a file of labels beside it, named like the images, but \(reason)"
    case .unreadableLabels(let path, let reason):
      "\(path): expected the labels of the images, but \(reason)"
    case .countsDiffer(let images, let imageCount, let labels, let labelCount):
      "\(labels): expected a label for each of the \(imageCount) images of \(images), found \(labelCount)"
    case .notSquareImages(let path, let height, let width):
      "\(path): expected square images of at least 2 x 2, found \(height) x \(width)"
    case .notADigitByte(let path, let offset, let found):
      "\(path): offset \(offset): expected a label from 0 to 9, found \(found)"
    case .tooFew(let path, let count, let needed):
      "\(path): expected at least \(needed) images, found \(count)"
    case .blank(let path):
      "\(path): expected images, found pixels of 0 only"
    }
  }

  /// Bytes as pairs of hexadecimal digits.
  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.isEmpty
      ? "no bytes" : bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
