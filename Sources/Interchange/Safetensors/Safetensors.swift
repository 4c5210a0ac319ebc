public import DenseArrays

/// Reading and writing named arrays in the safetensors format.
///
/// A file is the length of its header (eight bytes, little-endian), the header (JSON: element type, shape and place of
/// each tensor, and optional texts under "__metadata__"), and the elements, row-major and little-endian.
public enum Safetensors {
  /// Writes arrays as float32, float64 or int32, in the order given; the file is replaced at once or not at all.
  ///
  /// The bytes are written to a new file in the same folder, synchronised with the disk and renamed, so that a failure
  /// leaves what was there before. A symbolic link is followed. A name that appears twice, or that is "__metadata__", is
  /// an error.
  public static func write(
    _ tensors: [(name: String, array: DenseArray)], metadata: [String: String] = [:], to path: String
  ) throws(SafetensorsError) {
    var names: Set<String> = []
    for (name, _) in tensors {
      if name == SafetensorsHeader.metadataKey { throw SafetensorsError(path: path, problem: .reservedName(name)) }
      guard names.insert(name).inserted else { throw SafetensorsError(path: path, problem: .duplicateName(name)) }
    }
    let layout = SafetensorsHeader.layout(tensors, metadata: metadata)
    do {
      try replaceFile(path) { (file) throws(SystemError) in
        try layout.header.withUnsafeBufferPointer { (bytes) throws(SystemError) in
          try file.write(UnsafeRawBufferPointer(bytes))
        }
        for index in layout.order {
          let array = tensors[index].array
          defer { withExtendedLifetime(array) {} }
          try file.write(UnsafeRawBufferPointer(start: array.pointer, count: array.byteCount))
        }
      }
    } catch {
      throw SafetensorsError(path: path, problem: .init(error))
    }
  }

  /// Reads all arrays of a file; the whole header is checked before any array is made.
  ///
  /// Element types F32, F64 and I32 are kept; F16 and BF16 become float32, exactly. Everything that the format forbids is
  /// an error that says what was expected, what was found and where.
  public static func read(from path: String) throws(SafetensorsError) -> SafetensorsFile {
    do {
      return try readChecked(path)
    } catch {
      throw SafetensorsError(path: path, problem: error)
    }
  }

  private static func readChecked(_ path: String) throws(SafetensorsError.Problem) -> SafetensorsFile {
    let (file, size) = try problem { () throws(SystemError) in try OpenFile.forReading(path) }
    var lengthBytes = [UInt8](repeating: 0, count: 8)
    let found = try read(file, at: 0, into: &lengthBytes)
    guard found == 8 else { throw .truncatedLength(found: found) }
    let declared = lengthBytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard declared <= UInt64(SafetensorsHeader.maximumLength) else {
      throw .oversizedHeader(declared: declared, maximum: SafetensorsHeader.maximumLength)
    }
    guard declared <= UInt64(max(size - 8, 0)) else { throw .truncatedHeader(declared: declared, available: size - 8) }
    var headerBytes = [UInt8](repeating: 0, count: Int(declared))
    let headerCount = try read(file, at: 8, into: &headerBytes)
    guard headerCount == headerBytes.count else { throw .truncatedHeader(declared: declared, available: headerCount) }
    guard let text = String(validating: headerBytes, as: UTF8.self) else { throw .headerEncoding }
    let dataStart = 8 + headerBytes.count
    let header = try SafetensorsHeader(text, dataLength: size - dataStart)
    var arrays: [String: DenseArray] = [:]
    for entry in header.entries { arrays[entry.name] = try array(entry, in: file, dataStart: dataStart) }
    return SafetensorsFile(
      path: path, names: header.entries.map(\.name), arrays: arrays, metadata: header.metadata)
  }

  private static func array(
    _ entry: SafetensorsHeader.Entry, in file: OpenFile, dataStart: Int
  ) throws(SafetensorsError.Problem) -> DenseArray {
    let array = DenseArray(uninitialized: entry.shape, entry.type.scalarType)
    // Half-precision elements are read into the upper half of the memory that they are widened in.
    let byteCount = entry.end - entry.begin
    let destination = array.pointer + (array.byteCount - byteCount)
    let count = try problem { () throws(SystemError) in
      try file.read(
        into: UnsafeMutableRawBufferPointer(start: destination, count: byteCount), at: dataStart + entry.begin)
    }
    guard count == byteCount else { throw .truncatedData(tensor: entry.name) }
    if entry.type == .float16 || entry.type == .bfloat16 {
      for index in 0..<array.count {
        let bits = destination.load(fromByteOffset: 2 * index, as: UInt16.self)
        array.pointer.storeBytes(of: entry.type.widened(bits), toByteOffset: 4 * index, as: Float.self)
      }
    }
    return array
  }

  private static func read(
    _ file: OpenFile, at offset: Int, into bytes: inout [UInt8]
  ) throws(SafetensorsError.Problem) -> Int {
    try problem { () throws(SystemError) in
      try bytes.withUnsafeMutableBufferPointer { (buffer) throws(SystemError) in
        try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      }
    }
  }

  /// Calls `body` and tells its failure as a file's problem.
  private static func problem<Result>(
    _ body: () throws(SystemError) -> Result
  ) throws(SafetensorsError.Problem) -> Result {
    do {
      return try body()
    } catch {
      throw .init(error)
    }
  }
}
