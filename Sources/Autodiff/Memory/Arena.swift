/// Memory for the values of a recording: blocks by size class from large chunks, reset and reused each step.
///
/// Blocks are aligned to 64 bytes. A released block is used again for the next request of its class; `reset` gives all
/// blocks back at once and keeps the chunks. The same sequence of requests after a reset needs no new chunk.
struct Arena {
  private struct Chunk {
    var base: UnsafeMutableRawPointer
    var byteCount: Int
  }

  /// A size class; its blocks hold `Arena.byteCount(of:)` bytes.
  typealias SizeClass = Int32

  private static let classCount = 16 + 4 * 40
  /// What a block may hold: the addresses of a process have 47 bits.
  static let largestRequest = 1 << 47
  private var chunks = GrowableBuffer<Chunk>(minimumCapacity: 16)
  private var currentChunk: Int = 0
  private var offset: Int = 0
  private var freeLists: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  /// How often new memory was requested from the system since the arena was made.
  private(set) var systemRequests: Int = 0
  /// Bytes held from the system.
  private(set) var byteCount: Int = 0
  /// Bytes in blocks that are in use, and the most there have been since the last reset.
  private(set) var bytesInUse: Int = 0
  private(set) var peakBytesInUse: Int = 0

  init() {
    freeLists = .allocate(capacity: Arena.classCount)
    freeLists.initialize(repeating: nil, count: Arena.classCount)
  }

  mutating func deallocate() {
    for index in 0..<chunks.count { chunks[index].base.deallocate() }
    chunks.deallocate()
    freeLists.deallocate()
  }

  /// The class for a request: multiples of 64 bytes up to 1 KiB, then four steps a doubling.
  @inline(__always)
  static func sizeClass(for byteCount: Int) -> SizeClass {
    let units = (max(byteCount, 1) &+ 63) >> 6
    if units <= 16 { return SizeClass(truncatingIfNeeded: units &- 1) }
    let exponent = (Int.bitWidth &- 1) &- (units &- 1).leadingZeroBitCount  // 2^exponent <= units - 1
    let step = (units &- 1) >> (exponent &- 2)  // 4...7
    return SizeClass(truncatingIfNeeded: 16 &+ (exponent &- 4) &* 4 &+ (step &- 4))
  }

  /// The size of the blocks of a class.
  @inline(__always)
  static func byteCount(of sizeClass: SizeClass) -> Int {
    let index = Int(sizeClass)
    if index < 16 { return (index &+ 1) << 6 }
    let exponent = (index &- 16) / 4 &+ 4
    let step = (index &- 16) % 4 &+ 5
    return (step << (exponent &- 2)) << 6
  }

  @inline(__always)
  mutating func allocate(_ sizeClass: SizeClass) -> UnsafeMutableRawPointer {
    let size = Arena.byteCount(of: sizeClass)
    bytesInUse &+= size
    if bytesInUse > peakBytesInUse { peakBytesInUse = bytesInUse }
    if let block = freeLists[Int(sizeClass)] {
      freeLists[Int(sizeClass)] = block.load(as: UnsafeMutableRawPointer?.self)
      return block
    }
    if currentChunk < chunks.count, offset &+ size <= chunks[currentChunk].byteCount {
      let block = chunks[currentChunk].base + offset
      offset &+= size
      return block
    }
    return allocateSlowly(size)
  }

  @inline(never)
  private mutating func allocateSlowly(_ size: Int) -> UnsafeMutableRawPointer {
    while currentChunk < chunks.count, offset + size > chunks[currentChunk].byteCount {
      currentChunk += 1
      offset = 0
    }
    if currentChunk == chunks.count {
      let chunkSize = max(size, 1 << 20, min(byteCount, 1 << 28))
      chunks.append(Chunk(base: .allocate(byteCount: chunkSize, alignment: 4096), byteCount: chunkSize))
      systemRequests += 1
      byteCount += chunkSize
    }
    offset = size
    return chunks[currentChunk].base
  }

  /// Gives a block back for the next request of its class.
  @inline(__always)
  mutating func release(_ block: UnsafeMutableRawPointer, _ sizeClass: SizeClass) {
    bytesInUse &-= Arena.byteCount(of: sizeClass)
    block.storeBytes(of: freeLists[Int(sizeClass)], as: UnsafeMutableRawPointer?.self)
    freeLists[Int(sizeClass)] = block
  }

  /// Gives all blocks back.
  mutating func reset() {
    currentChunk = 0
    offset = 0
    bytesInUse = 0
    peakBytesInUse = 0
    freeLists.update(repeating: nil, count: Arena.classCount)
  }
}
