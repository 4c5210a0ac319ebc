/// What a ``PointwiseTracer`` is recording, and what it recorded before.
///
/// It is reached through a pointer, so that recording an operation costs neither reference counts nor exclusivity checks.
struct TraceState {
  /// The operations as they come, not simplified; the first are the operands.
  var nodes = TraceBuffer<PointwiseNode>()
  var constants = TraceBuffer<Double>()
  var results = TraceBuffer<Int32>()
  var inputCount = 0
  var generation: UInt32 = 0
  var isTracing = false
  private var hash: UInt64 = 0

  /// An open-addressing table of what was traced: positions in `entries`, or -1.
  private var table = TraceBuffer<Int32>()
  private var entries = TraceBuffer<Entry>()

  private struct Entry {
    let hash: UInt64
    let inputCount: Int
    let nodes: TraceBuffer<PointwiseNode>
    let results: TraceBuffer<Int32>
    let program: Unmanaged<PointwiseProgram>
  }

  init() {
    for _ in 0..<16 { table.append(-1) }
  }

  func deallocate() {
    for index in 0..<entries.count {
      entries[index].nodes.deallocate()
      entries[index].results.deallocate()
      entries[index].program.release()
    }
    entries.deallocate()
    table.deallocate()
    nodes.deallocate()
    constants.deallocate()
    results.deallocate()
  }

  var programCount: Int { entries.count }

  mutating func begin(inputCount: Int) {
    self.inputCount = inputCount
    generation &+= 1
    isTracing = true
    hash = UInt64(truncatingIfNeeded: inputCount)
    nodes.removeAll()
    constants.removeAll()
    results.removeAll()
    for index in 0..<inputCount { nodes.append(PointwiseNode(.input, Int32(truncatingIfNeeded: index))) }
  }

  @inline(__always)
  mutating func record(_ operation: PointwiseOperation, _ a: Int32, _ b: Int32 = 0, _ c: Int32 = 0) -> Int32 {
    mix(UInt64(UInt32(bitPattern: a)) | UInt64(UInt32(bitPattern: b)) << 32)
    mix(UInt64(UInt32(bitPattern: c)) << 8 | UInt64(operation.rawValue))
    return nodes.append(PointwiseNode(operation, a, b, c))
  }

  mutating func record(constant value: Double) -> Int32 {
    mix(1)
    return nodes.append(PointwiseNode(.constant, constants.append(value)))
  }

  mutating func record(literal value: Double) -> Int32 {
    mix(value.bitPattern ^ 2)
    return nodes.append(PointwiseNode(literal: value))
  }

  mutating func addResult(_ value: Int32) {
    mix(UInt64(UInt32(bitPattern: value)) ^ 0x9e37_79b9_7f4a_7c15)
    results.append(value)
  }

  @inline(__always)
  private mutating func mix(_ word: UInt64) {
    let product = (hash ^ word).multipliedFullWidth(by: 0x9fb2_1c65_1e98_df25)
    hash = (product.high ^ product.low) &+ 0x2545_f491_4f6c_dd1d
  }

  /// The program of an equal earlier trace.
  func find() -> Unmanaged<PointwiseProgram>? {
    let mask = table.count - 1
    var position = Int(truncatingIfNeeded: hash) & mask
    while table[position] >= 0 {
      let entry = entries[Int(table[position])]
      if entry.hash == hash, entry.inputCount == inputCount, nodes.hasBytes(of: entry.nodes),
        results.hasBytes(of: entry.results)
      {
        return entry.program
      }
      position = (position + 1) & mask
    }
    return nil
  }

  /// Remembers the program of the current trace.
  mutating func insert(_ program: PointwiseProgram) {
    let entry = Entry(
      hash: hash, inputCount: inputCount, nodes: nodes.copy(), results: results.copy(),
      program: Unmanaged.passRetained(program))
    let index = entries.append(entry)
    if entries.count * 2 > table.count {
      let count = table.count * 2
      table.removeAll()
      for _ in 0..<count { table.append(-1) }
      for old in 0..<index { place(old) }
    }
    place(index)
  }

  private mutating func place(_ index: Int32) {
    let mask = table.count - 1
    var position = Int(truncatingIfNeeded: entries[Int(index)].hash) & mask
    while table[position] >= 0 { position = (position + 1) & mask }
    table[position] = index
  }

  /// The simplified program of the current trace; an equal one that another trace gave is taken instead.
  func makeProgram() -> PointwiseProgram {
    var builder = PointwiseBuilder()
    let inputs = (0..<inputCount).map { builder.input($0) }
    let scalars = (0..<constants.count).map { builder.constant($0) }
    var values: [Int32] = []
    for index in 0..<nodes.count {
      values.append(builder.copy(nodes[index], values: values, inputs: inputs, constants: scalars))
    }
    let outputs = (0..<results.count).map { values[Int(results[$0])] }
    let program = builder.program(inputCount: inputCount, constantCount: constants.count, outputs: outputs)
    for index in 0..<entries.count {
      let known = entries[index].program.takeUnretainedValue()
      if known == program { return known }
    }
    return program
  }
}

/// A growing buffer that keeps its memory when it is emptied. The owner calls `deallocate()`.
struct TraceBuffer<Element: BitwiseCopyable> {
  private var memory: UnsafeMutablePointer<Element>
  private var capacity: Int
  private(set) var count = 0

  init(minimumCapacity: Int = 32) {
    capacity = max(minimumCapacity, 1)
    memory = .allocate(capacity: capacity)
  }

  func deallocate() { memory.deallocate() }

  subscript(index: Int) -> Element {
    get { memory[index] }
    nonmutating set { memory[index] = newValue }
  }

  var buffer: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: memory, count: count) }

  mutating func removeAll() { count = 0 }

  /// Appends and returns the new element's index.
  @inline(__always)
  @discardableResult
  mutating func append(_ element: Element) -> Int32 {
    if count == capacity { grow() }
    memory[count] = element
    count &+= 1
    return Int32(truncatingIfNeeded: count &- 1)
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
    larger.update(from: memory, count: count)
    memory.deallocate()
    memory = larger
    capacity *= 2
  }

  func copy() -> TraceBuffer {
    var result = TraceBuffer(minimumCapacity: count)
    result.memory.update(from: memory, count: count)
    result.count = count
    return result
  }

  /// Whether both have the same bytes; the type must have no padding and fill 32-bit words.
  func hasBytes(of other: TraceBuffer) -> Bool {
    guard other.count == count else { return false }
    let words = count * MemoryLayout<Element>.stride / 4
    let a = UnsafeRawPointer(memory)
    let b = UnsafeRawPointer(other.memory)
    for word in 0..<words
    where a.load(fromByteOffset: word * 4, as: UInt32.self)
      != b.load(fromByteOffset: word * 4, as: UInt32.self)
    {
      return false
    }
    return true
  }
}
