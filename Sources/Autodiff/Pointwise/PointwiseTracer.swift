internal import DenseArrays

/// Records the operations of a closure on ``PointwiseScalar``s and finds the program that they make.
///
/// A tracer is reused: what it has traced once it finds again by structure, without new memory, in well under a
/// microsecond for a small closure. A tracer serves one thread.
public final class PointwiseTracer {
  /// The operations as they come, not simplified.
  private var trace = TraceBuffer<PointwiseNode>()
  private var constants = TraceBuffer<Double>()
  private var results = TraceBuffer<Int32>()
  private var inputCount = 0
  private var hash: UInt64 = 0
  private(set) var generation: UInt32 = 0
  private var isTracing = false

  /// What was traced before: an open-addressing table of entries.
  private var entries: [Entry?] = Array(repeating: nil, count: 16)
  private var entryCount = 0

  private struct Entry {
    let hash: UInt64
    let inputCount: Int
    let trace: [PointwiseNode]
    let results: [Int32]
    let program: PointwiseProgram
  }

  /// A tracer that has seen nothing yet.
  public init() {}

  /// The number of different programs traced so far.
  public var programCount: Int { entryCount }

  /// Starts a trace with `inputCount` operands; scalars of earlier traces are no longer valid.
  public func begin(inputCount: Int) {
    if inputCount > PointwiseProgram.operandLimit {
      stop("pointwise: at most \(PointwiseProgram.operandLimit) operands, not \(inputCount)")
    }
    self.inputCount = inputCount
    generation &+= 1
    isTracing = true
    hash = UInt64(inputCount)
    trace.removeAll()
    constants.removeAll()
    results.removeAll()
    for index in 0..<inputCount { trace.append(PointwiseNode(.input, Int32(index))) }
  }

  /// The operand with this index.
  public func input(_ index: Int) -> PointwiseScalar {
    if !isTracing || index < 0 || index >= inputCount {
      stop("pointwise: operand \(index) of a trace with \(isTracing ? inputCount : 0) operands")
    }
    return PointwiseScalar(tracer: self, index: Int32(index), generation: generation)
  }

  /// Adds a result; `finish()` gives the program with the results in the order they were added.
  public func addResult(_ scalar: PointwiseScalar) {
    results.append(check(scalar))
  }

  /// Ends the trace: the program with the results that were added, and the values of its run-time scalars.
  ///
  /// The constants are valid until the next trace begins.
  public func finish() -> (program: PointwiseProgram, constants: UnsafeBufferPointer<Double>) {
    if !isTracing { stop("pointwise: finish without begin") }
    isTracing = false
    for index in 0..<results.count { mix(UInt64(truncatingIfNeeded: results[index]) ^ 0x9e37_79b9_7f4a_7c15) }
    return (find(), constants.buffer)
  }

  /// Ends the trace with one result.
  public func finish(
    output: PointwiseScalar
  ) -> (program: PointwiseProgram, constants: UnsafeBufferPointer<Double>) {
    addResult(output)
    return finish()
  }

  /// Ends the trace with these results.
  public func finish(
    outputs: [PointwiseScalar]
  ) -> (program: PointwiseProgram, constants: UnsafeBufferPointer<Double>) {
    for output in outputs { addResult(output) }
    return finish()
  }

  // MARK: Recording

  /// The value's number, after a check that it belongs to this trace.
  @inline(__always)
  func check(_ scalar: PointwiseScalar) -> Int32 {
    if scalar.tracer !== self || scalar.generation != generation || !isTracing { stopForeign() }
    return scalar.index
  }

  @inline(never)
  private func stopForeign() -> Never {
    stop("pointwise: a scalar of another or an earlier trace; use the closure's own parameters and captured Doubles")
  }

  func record(_ operation: PointwiseOperation, _ a: Int32, _ b: Int32 = 0, _ c: Int32 = 0) -> Int32 {
    mix(UInt64(operation.rawValue) | UInt64(UInt32(bitPattern: a)) << 8 | UInt64(UInt32(bitPattern: b)) << 36)
    mix(UInt64(UInt32(bitPattern: c)))
    return trace.append(PointwiseNode(operation, a, b, c))
  }

  func record(constant value: Double) -> Int32 {
    mix(1)
    let index = constants.append(value)
    return trace.append(PointwiseNode(.constant, index))
  }

  func record(literal value: Double) -> Int32 {
    mix(value.bitPattern ^ 2)
    return trace.append(PointwiseNode(literal: value))
  }

  @inline(__always)
  private func mix(_ word: UInt64) {
    let product = (hash ^ word).multipliedFullWidth(by: 0x9fb2_1c65_1e98_df25)
    hash = product.high ^ product.low &+ 0x2545_f491_4f6c_dd1d
  }

  // MARK: Finding programs

  private func find() -> PointwiseProgram {
    let mask = entries.count - 1
    var position = Int(truncatingIfNeeded: hash) & mask
    while let entry = entries[position] {
      if entry.hash == hash, entry.inputCount == inputCount, trace.equals(entry.trace), results.equals(entry.results) {
        return entry.program
      }
      position = (position + 1) & mask
    }
    let entry = Entry(
      hash: hash, inputCount: inputCount, trace: Array(trace.buffer), results: Array(results.buffer),
      program: makeProgram())
    entries[position] = entry
    entryCount += 1
    if entryCount * 2 > entries.count { grow() }
    return entry.program
  }

  private func grow() {
    let old = entries
    entries = Array(repeating: nil, count: old.count * 2)
    let mask = entries.count - 1
    for case .some(let entry) in old {
      var position = Int(truncatingIfNeeded: entry.hash) & mask
      while entries[position] != nil { position = (position + 1) & mask }
      entries[position] = entry
    }
  }

  private func makeProgram() -> PointwiseProgram {
    var builder = PointwiseBuilder()
    let inputs = (0..<inputCount).map { builder.input($0) }
    let scalars = (0..<constants.count).map { builder.constant($0) }
    var values: [Int32] = []
    for index in 0..<trace.count {
      values.append(builder.copy(trace[index], values: values, inputs: inputs, constants: scalars))
    }
    let outputs = results.buffer.map { values[Int($0)] }
    let program = builder.program(inputCount: inputCount, constantCount: constants.count, outputs: outputs)
    // Two traces may simplify to the same program.
    for case .some(let entry) in entries where entry.program == program { return entry.program }
    return program
  }
}

/// A growing buffer that keeps its memory when it is emptied.
struct TraceBuffer<Element: BitwiseCopyable>: ~Copyable {
  private var memory: UnsafeMutablePointer<Element>
  private var capacity = 32
  private(set) var count = 0

  init() { memory = .allocate(capacity: capacity) }

  deinit { memory.deallocate() }

  subscript(index: Int) -> Element { memory[index] }

  var buffer: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: memory, count: count) }

  mutating func removeAll() { count = 0 }

  /// Appends and returns the new element's index.
  @discardableResult
  mutating func append(_ element: Element) -> Int32 {
    if count == capacity { grow() }
    memory[count] = element
    count += 1
    return Int32(count - 1)
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
    larger.update(from: memory, count: count)
    memory.deallocate()
    memory = larger
    capacity *= 2
  }

  /// Whether the bytes are those of `other`; the type must have no padding.
  func equals(_ other: [Element]) -> Bool {
    guard other.count == count else { return false }
    return other.withUnsafeBytes { bytes in
      UnsafeRawBufferPointer(buffer).elementsEqual(bytes)
    }
  }
}
