internal import CKernels
internal import DenseArrays

/// Packed forms of parameters' values, kept from one recording to the next and packed again when the bytes have changed.
///
/// A parameter keeps its block whatever arrays it is set or bound to. What is in a block is known by the never-reused number
/// of the storage that was packed, and the version of its bytes; a parameter's identity only says where to look.
final class PackedParameters {
  private struct Key: Hashable {
    var parameter: ObjectIdentifier
    var isTransposed: Bool
    var form: tk_product_form.RawValue
    var k: Int
    var n: Int
    var scalarType: ScalarType
  }

  private struct Entry {
    var storage: UInt64
    var offset: Int
    var version: UInt64
    var pointer: UnsafeMutableRawPointer
    var lastUsed: UInt32
  }

  private struct Source {
    var parameter: ObjectIdentifier
    var storage: DenseStorage
    var offset: Int
  }

  private var entries: [Key: Entry] = [:]
  /// The storages behind the current recording's persistent slots.
  private var sources: [Int32: Source] = [:]
  private var recording: UInt32 = 0
  /// How often memory was asked for.
  private(set) var systemRequests: Int = 0

  deinit { for entry in entries.values { entry.pointer.deallocate() } }

  func register(_ slot: Int32, _ array: DenseArray, of parameter: ObjectIdentifier) {
    sources[slot] = Source(parameter: parameter, storage: array.storage, offset: array.byteOffset)
  }

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
    for slot: Int32, isTransposed: Bool, form: tk_product_form, k: Int, n: Int, scalarType: ScalarType, byteCount: Int
  ) -> (UnsafeMutableRawPointer, isCurrent: Bool) {
    guard let source = sources[slot] else { stop("packed parameters: slot \(slot) was not registered") }
    let key = Key(
      parameter: source.parameter, isTransposed: isTransposed, form: form.rawValue, k: k, n: n,
      scalarType: scalarType)
    var entry =
      entries[key]
      ?? Entry(
        storage: 0, offset: -1, version: 0,
        pointer: .allocate(byteCount: max(byteCount, 64), alignment: 64), lastUsed: recording)
    if entry.offset < 0 { systemRequests += 1 }
    let isCurrent =
      entry.offset == source.offset && entry.storage == source.storage.number
      && entry.version == source.storage.version
    entry.storage = source.storage.number
    entry.offset = source.offset
    entry.version = source.storage.version
    entry.lastUsed = recording
    entries[key] = entry
    return (entry.pointer, isCurrent)
  }
}
