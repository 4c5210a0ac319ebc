internal import Foundation

/// An operation that the system refused.
package struct SystemError: Error, Hashable, Sendable {
  /// Such as "open".
  let operation: String
  /// The system's own words.
  let message: String
  /// The system's number of the failure.
  package let code: Int32

  /// The failure that `errno` names now.
  init(_ operation: String, code: Int32 = errno) {
    self.operation = operation
    self.code = code
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
  let place = try Replacement(path)
  let file = try place.openTemporary()
  do throws(SystemError) {
    if let permissions = place.permissions { try file.setPermissions(permissions) }
    try writeContents(file)
    try file.synchronize()
    guard rename(place.temporary, place.target) == 0 else { throw SystemError("rename") }
  } catch {
    unlink(place.temporary)
    throw error
  }
  try OpenFile(place.folder, O_RDONLY | O_CLOEXEC).synchronize()
}

/// Replaces a file's text at once; see the form that writes bytes.
package func replaceFile(_ path: String, with text: String) throws(SystemError) {
  let bytes = Array(text.utf8)
  try replaceFile(path) { (file) throws(SystemError) in
    try bytes.withUnsafeBufferPointer { (bytes) throws(SystemError) in try file.write(UnsafeRawBufferPointer(bytes)) }
  }
}

/// Throws when `replaceFile` could not begin to write the file; nothing is left behind.
package func checkReplaceable(_ path: String) throws(SystemError) {
  let place = try Replacement(path)
  _ = try place.openTemporary()
  unlink(place.temporary)
}

/// Where a file is written before it takes the place of another.
private struct Replacement {
  let target: String
  let folder: String
  let temporary: String
  /// The permissions of the file that is there, if there is one.
  let permissions: mode_t?

  init(_ path: String) throws(SystemError) {
    if let resolved = realpath(path, nil) {
      target = String(cString: resolved)
      free(resolved)
    } else {
      target = path
    }
    var information = stat()
    if stat(target, &information) == 0 {
      guard information.st_mode & S_IFMT == S_IFREG else {
        throw SystemError("write", code: information.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
      }
      permissions = information.st_mode & 0o7777
    } else {
      permissions = nil
    }
    if let slash = target.utf8.lastIndex(of: UInt8(ascii: "/")) {
      folder = String(target[...slash])
    } else {
      folder = "./"
    }
    temporary = folder + ".tapestry-\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp"
  }

  func openTemporary() throws(SystemError) -> OpenFile {
    try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)
  }
}
