internal import DenseArrays

/// A text as the indices of its characters, the first nine tenths for training and the last tenth for the test.
///
/// A character is a Unicode scalar. A byte-order mark at the start is dropped, and CRLF line ends are read as LF.
public struct TextCorpus: Sendable {
  /// The path it was read from, for messages.
  public let path: String
  /// The characters that occur, in the order of their code points; an index into this array stands for each.
  public let vocabulary: [Unicode.Scalar]
  /// The first nine tenths, rounded down.
  public let training: ArraySlice<Int32>
  /// The rest.
  public let test: ArraySlice<Int32>
  /// Whether the file began with a byte-order mark.
  public let hadByteOrderMark: Bool
  /// How many CRLF line ends were read as LF.
  public let convertedLineEnds: Int

  /// A number that tells texts apart.
  var checksum: String { Checksum.text(of: training + test) }

  /// The nats a character of the test for who knows how often each character occurs in the training part, and no more.
  ///
  /// Each counts once more than it occurs, so that one that occurs in the test alone costs a finite number of nats.
  var frequencyLoss: Double {
    var counts = [Double](repeating: 1, count: vocabulary.count)
    for character in training { counts[Int(character)] += 1 }
    let total = Double(training.count + vocabulary.count)
    return test.reduce(0) { $0 - PortableMath.logarithm(counts[Int($1)] / total) } / Double(test.count)
  }

  /// Reads a file, or a pipe up to its end.
  ///
  /// - Throws: `TextError` when the file cannot be read, is not UTF-8 or has fewer than two different characters.
  public init(path: String) throws(TextError) {
    let bytes: [UInt8]
    do {
      bytes = try InputFile.bytes(path: path)
    } catch {
      throw .unreadable(path: path, reason: error.reason)
    }
    try self.init(bytes: bytes, path: path)
  }

  /// Takes a text's bytes; the path is for messages.
  ///
  /// - Throws: `TextError` when the bytes are not UTF-8 or have fewer than two different characters.
  public init(bytes: [UInt8], path: String) throws(TextError) {
    self.path = path
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    hadByteOrderMark = bytes.starts(with: mark)
    let body = hadByteOrderMark ? bytes[3...] : bytes[...]
    if let offset = TextCorpus.firstInvalidByte(of: body) { throw .notUTF8(path: path, offset: offset) }

    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(body.count)
    var lineEnds = 0
    for scalar in String(decoding: body, as: UTF8.self).unicodeScalars {
      if scalar == "\n", scalars.last == "\r" {
        scalars.removeLast()
        lineEnds += 1
      }
      scalars.append(scalar)
    }
    convertedLineEnds = lineEnds

    guard scalars.count >= 2 else {
      throw .tooShort(path: path, characters: scalars.count, needed: 2, because: "one is predicted from another")
    }
    let vocabulary = Set(scalars).sorted()
    guard vocabulary.count >= 2 else {
      throw .oneCharacterOnly(path: path, character: "U+" + String(scalars[0].value, radix: 16, uppercase: true))
    }
    self.vocabulary = vocabulary
    let indices = Dictionary(uniqueKeysWithValues: zip(vocabulary, Int32(0)...))
    let text = scalars.compactMap { indices[$0] }
    let boundary = text.count / 10 * 9 + text.count % 10 * 9 / 10
    training = text[..<boundary]
    test = text[boundary...]
  }

  /// The offset of the first byte that is not part of well-formed UTF-8, or nil.
  private static func firstInvalidByte(of bytes: ArraySlice<UInt8>) -> Int? {
    guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var offset = bytes.startIndex
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let encoded): offset += encoded.count
      case .emptyInput: return nil
      case .error: return offset
      }
    }
  }
}
