/// Bytes in one or more dimensions, as the files of MNIST have them.
///
/// A file is two bytes of 0, a byte for the type of its numbers (8 for unsigned bytes), one for the number of dimensions, the
/// sizes of the dimensions as big-endian 32-bit numbers, then the numbers, row-major. Source: LeCun, Cortes and Burges, "The
/// MNIST database of handwritten digits", 1998.
struct IDXFile {
  /// The sizes of the dimensions.
  let sizes: [Int]
  /// The numbers, row-major.
  let values: ArraySlice<UInt8>

  /// Whether bytes begin as such a file does; no text does.
  static func isLikely(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0, 0]) }

  /// Reads the bytes of a file with a given number of dimensions; the path is for messages.
  ///
  /// - Throws: `DigitsError` when the file begins with other bytes, or is longer or shorter than its sizes say.
  init(_ bytes: [UInt8], dimensions: Int, path: String) throws(DigitsError) {
    let magic: [UInt8] = [0, 0, 8, UInt8(dimensions)]
    guard bytes.starts(with: magic) else {
      throw .wrongMagic(path: path, expected: magic, found: Array(bytes.prefix(4)))
    }
    let header = 4 + 4 * dimensions
    guard bytes.count >= header else { throw .wrongLength(path: path, expected: header, found: bytes.count) }
    sizes = (0..<dimensions).map { dimension in
      bytes[4 + 4 * dimension..<8 + 4 * dimension].reduce(0) { $0 << 8 | Int($1) }
    }
    // The sizes of a damaged file may have a product beyond all bounds.
    let count = sizes.reduce(1) { product, size in
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      return overflow ? .max : next
    }
    guard bytes.count - header == count else {
      throw .wrongLength(path: path, expected: header + min(count, .max - header), found: bytes.count)
    }
    values = bytes[header...]
  }
}
