internal import CKernels

/// Memory that one or more arrays share: 64-byte aligned, with an identity that is never used again.
///
/// Marked unchecked `Sendable` because every change happens through a `DenseArray` that has made itself the only owner.
@usableFromInline
package final class DenseStorage: @unchecked Sendable {
  package let pointer: UnsafeMutableRawPointer
  package let byteCount: Int
  /// Never reused in a process; together with `version` it names the bytes.
  package let number: UInt64
  /// Changed by each mutation.
  package var version: UInt64 = 0

  package init(byteCount: Int) {
    self.byteCount = byteCount
    pointer = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 64), alignment: 64)
    number = tk_next_storage_number()
  }

  deinit { pointer.deallocate() }
}
