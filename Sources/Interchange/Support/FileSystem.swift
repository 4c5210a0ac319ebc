internal import Foundation

/// An operation that the system refused.
struct SystemError: Error, Hashable, Sendable {
  /// Such as "open".
  let operation: String
  /// The system's own words.
  let message: String

  /// The failure that `errno` names now.
  init(_ operation: String, code: Int32 = errno) {
    self.operation = operation
    message = String(cString: strerror(code))
  }
}

/// An open file, closed when it is released.
final class OpenFile {
  private let descriptor: Int32

  /// Opens a file for reading; `size` is its size in bytes. Directories, pipes and devices are refused.
  static func forReading(_ path: String) throws(SystemError) -> (file: OpenFile, size: Int) {
    // Asked before the file is opened too: opening a pipe would wait for its other end.
    var information = stat()
    guard stat(path, &information) == 0 else { throw SystemError("open") }
    try requireRegular(information)
    let file = try OpenFile(path, O_RDONLY | O_CLOEXEC)
    guard fstat(file.descriptor, &information) == 0 else { throw SystemError("open") }
    try requireRegular(information)
    return (file, Int(information.st_size))
  }

  private static func requireRegular(_ information: stat) throws(SystemError) {
    switch information.st_mode & S_IFMT {
    case S_IFREG: return
    case S_IFDIR: throw SystemError("open", code: EISDIR)
    default: throw SystemError("open", code: EINVAL)
    }
  }

  init(_ path: String, _ flags: Int32, mode: mode_t = 0o666) throws(SystemError) {
    descriptor = open(path, flags, mode)
    guard descriptor >= 0 else { throw SystemError("open") }
  }

  deinit { close(descriptor) }

  /// Reads up to the end of the file or of the buffer, whichever comes first, and returns the number of bytes.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SystemError) -> Int {
    var count = 0
    while count < buffer.count {
      let result = pread(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count, off_t(offset + count))
      if result == 0 { break }
      if result < 0, errno == EINTR { continue }
      guard result > 0 else { throw SystemError("read") }
      count += result
    }
    return count
  }

  /// Writes all bytes behind those written before.
  func write(_ buffer: UnsafeRawBufferPointer) throws(SystemError) {
    var count = 0
    while count < buffer.count {
      let result = Foundation.write(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
      if result < 0, errno == EINTR { continue }
      guard result > 0 else { throw SystemError("write") }
      count += result
    }
  }

  func setPermissions(_ mode: mode_t) throws(SystemError) {
    guard fchmod(descriptor, mode) == 0 else { throw SystemError("chmod") }
  }

  /// Waits until the bytes are on the disk.
  func synchronize() throws(SystemError) {
    guard fsync(descriptor) == 0 else { throw SystemError("fsync") }
  }
}

/// Replaces a file at once: readers see the old bytes or the new ones, and a failure leaves the old ones.
///
/// The bytes go to a new file beside it, which is synchronised, renamed over the old one, and its folder synchronised.
/// A symbolic link is followed, permissions are kept, and the new file is removed when anything fails.
func replaceFile(_ path: String, _ writeContents: (OpenFile) throws(SystemError) -> Void) throws(SystemError) {
  var target = path
  if let resolved = realpath(path, nil) {
    target = String(cString: resolved)
    free(resolved)
  }
  var information = stat()
  let exists = stat(target, &information) == 0
  if exists, information.st_mode & S_IFMT != S_IFREG {
    throw SystemError("write", code: information.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
  }
  let folder: String
  if let slash = target.utf8.lastIndex(of: UInt8(ascii: "/")) {
    folder = String(target[...slash])
  } else {
    folder = "./"
  }
  let temporary = folder + ".tapestry-\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp"
  let file = try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)
  do throws(SystemError) {
    if exists { try file.setPermissions(information.st_mode & 0o7777) }
    try writeContents(file)
    try file.synchronize()
    guard rename(temporary, target) == 0 else { throw SystemError("rename") }
  } catch {
    unlink(temporary)
    throw error
  }
  try OpenFile(folder, O_RDONLY | O_CLOEXEC).synchronize()
}
