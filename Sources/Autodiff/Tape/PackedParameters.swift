internal import DenseArrays

/// Packed forms of arrays that outlive a recording, kept from one to the next and packed again when the bytes have changed.
///
/// The key is the storage's never-reused number; the version says whether the bytes are the same.
final class PackedParameters {
  private struct Key: Hashable {
    var storage: UInt64
    var offset: Int
    var isTransposed: Bool
    var k: Int
    var n: Int
  }

  private struct Entry {
    var version: UInt64
    var pointer: UnsafeMutableRawPointer
    var lastUsed: UInt32
  }

  private var entries: [Key: Entry] = [:]
  /// The storages behind the current recording's persistent slots.
  private var sources: [Int32: (storage: DenseStorage, offset: Int)] = [:]
  private var recording: UInt32 = 0
  private(set) var byteCount: Int = 0

  deinit { for entry in entries.values { entry.pointer.deallocate() } }

  func register(_ slot: Int32, _ array: DenseArray) { sources[slot] = (array.storage, array.byteOffset) }

  /// Lets go of the recording's arrays, so that they can be changed in place.
  func releaseSources() { sources.removeAll(keepingCapacity: true) }

  /// Begins another recording; packed forms that a hundred recordings have not used are let go.
  func reset() {
    sources.removeAll(keepingCapacity: true)
    recording &+= 1
    if recording % 128 == 0 {
      let stale = entries.filter { recording &- $0.value.lastUsed > 100 }
      for (key, entry) in stale {
        entry.pointer.deallocate()
        entries[key] = nil
      }
    }
  }

  /// The block for a slot's packed form, and whether it holds the current bytes already.
  func block(
    for slot: Int32, isTransposed: Bool, k: Int, n: Int, scalarType: ScalarType, byteCount: Int
  ) -> (UnsafeMutableRawPointer, isCurrent: Bool) {
    guard let source = sources[slot] else { stop("packed parameters: slot \(slot) was not registered") }
    let key = Key(storage: source.storage.number, offset: source.offset, isTransposed: isTransposed, k: k, n: n)
    if let entry = entries[key] {
      let isCurrent = entry.version == source.storage.version
      entries[key] = Entry(version: source.storage.version, pointer: entry.pointer, lastUsed: recording)
      return (entry.pointer, isCurrent)
    }
    let pointer = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 64), alignment: 64)
    self.byteCount += byteCount
    entries[key] = Entry(version: source.storage.version, pointer: pointer, lastUsed: recording)
    return (pointer, false)
  }
}
