internal import DenseArrays

/// One time step as a program, and what has been derived from it.
///
/// The program's inputs are a step of each sequence, the states, then captured values that are the same at every step; its
/// outputs are the next states, then what is emitted at every step.
final class ScanBody: @unchecked Sendable {
  let program: Program
  let sequenceCount: Int
  let stateCount: Int
  let passes: ScanPasses
  /// Emitted values from this one on are read by derivatives only.
  let visibleCount: Int
  /// Derived scans by what they derive; a body belongs to one tape.
  private var reverses: [ReverseKey: ReverseScan] = [:]
  private var tangents: [TangentKey: ForwardScan] = [:]
  /// How the loop runs fast, or nil when it runs operation by operation.
  private(set) lazy var plan: ScanPlan? = ScanPlan(self, late: [])
  private var latePlans: [Set<Int>: ScanPlan] = [:]

  /// The plan for results that take over the memory of sequences: those that could not be written before the last read of
  /// a step are written at its end.
  func plan(sharing pairs: [(result: Int, sequence: Int)]) -> ScanPlan? {
    guard let plan, !pairs.isEmpty else { return plan }
    let late = Set(pairs.filter { !plan.canShare($0.result, $0.sequence) }.map(\.result))
    guard !late.isEmpty else { return plan }
    if let known = latePlans[late] { return known }
    let made = ScanPlan(self, late: late)
    latePlans[late] = made
    return made
  }

  /// The shape of a row of what a derived scan reads of this one; nil for what is not this one's.
  func type(of source: ScanSource) -> Shape? {
    switch source {
    case .sequence(let index): inputType(index).shape
    case .previousState(let index), .nextState(let index): outputType(index).shape
    case .emitted(let index): outputType(stateCount + index).shape
    default: nil
    }
  }

  private var sharedSequences: [Set<Int>: [Int]] = [:]

  /// Pairs of a result and one of the given sequences whose memory it can take over.
  func shares(_ sequences: Set<Int>) -> [Int] {
    if let known = sharedSequences[sequences] { return known }
    let pairs = plan?.shares(sequences.sorted()) ?? []
    sharedSequences[sequences] = pairs
    return pairs
  }

  struct ReverseKey: Hashable {
    var wanted: [Int]
    var seeded: Set<Int>
    var time: Int
    var isRecorded: Bool
  }

  struct TangentKey: Hashable {
    var moved: [Int]
    var time: Int
    var isRecorded: Bool
  }

  func cachedReverse(wanted: [Int], seeded: Set<Int>, time: Int, isRecorded: Bool) -> ReverseScan {
    let key = ReverseKey(wanted: wanted, seeded: seeded, time: time, isRecorded: isRecorded)
    if let known = reverses[key] { return known }
    let made = reverse(wanted: wanted, seeded: seeded, time: time, isRecorded: isRecorded)
    reverses[key] = made
    return made
  }

  func cachedTangent(along moved: [Int], time: Int, isRecorded: Bool) -> ForwardScan {
    let key = TangentKey(moved: moved, time: time, isRecorded: isRecorded)
    if let known = tangents[key] { return known }
    let made = tangent(along: moved, time: time, isRecorded: isRecorded)
    tangents[key] = made
    return made
  }

  init(program: Program, sequenceCount: Int, stateCount: Int, passes: ScanPasses, visibleCount: Int? = nil) {
    self.program = program
    self.visibleCount = visibleCount ?? program.storage.outputs.count - stateCount
    self.passes = passes
    self.sequenceCount = sequenceCount
    self.stateCount = stateCount
  }

  var storage: ProgramStorage { program.storage }
  var captureCount: Int { storage.inputs.count - sequenceCount - stateCount }
  var emittedCount: Int { storage.outputs.count - stateCount }

  /// The shape and type of an input: sequences, states, captures.
  func inputType(_ index: Int) -> ProgramStorage.SlotType { storage.slots[Int(storage.inputs[index])] }

  /// The shape and type of an output: states, then emitted values.
  func outputType(_ index: Int) -> ProgramStorage.SlotType { storage.slots[Int(storage.outputs[index])] }
}

/// A program's operations as compile-time passes see them.
extension ProgramStorage {
  func operands(_ operation: Operation) -> ArraySlice<Int32> {
    operandSlots[Int(operation.firstOperand)..<Int(operation.firstOperand + operation.operandCount)]
  }

  func results(_ operation: Operation) -> Range<Int32> {
    operation.firstResult..<operation.firstResult + operation.resultCount
  }

  func integers(_ operation: Operation) -> ArraySlice<Int> {
    integers[Int(operation.firstInteger)..<Int(operation.firstInteger + operation.integerCount)]
  }

  func scalars(_ operation: Operation) -> ArraySlice<Double> {
    scalars[Int(operation.firstScalar)..<Int(operation.firstScalar + operation.scalarCount)]
  }

  /// The operations that the given slots depend on.
  func liveOperations(for slots: some Sequence<Int32>) -> [Bool] {
    var needed = Set(slots)
    var live = [Bool](repeating: false, count: operations.count)
    for index in operations.indices.reversed() {
      let operation = operations[index]
      guard results(operation).contains(where: { needed.contains($0) }) else { continue }
      live[index] = true
      needed.formUnion(operands(operation))
    }
    return live
  }

  /// Whether an operation is of a primitive.
  func isA(_ primitive: Primitive, _ operation: Operation) -> Bool {
    operation.primitive.toOpaque() == Unmanaged.passUnretained(primitive).toOpaque()
  }

  /// The pointwise program of an operation, or nil for another primitive.
  func pointwiseProgram(_ operation: Operation) -> PointwiseProgram? {
    guard isA(PointwisePrimitive.shared, operation), let body = operation.body else { return nil }
    return unsafeDowncast(body.takeUnretainedValue(), to: PointwiseProgram.self)
  }
}

extension Tape {
  /// Puts one operation of a program on this tape, with other operands and maybe other integers.
  func emit(
    _ operation: Operation, of storage: ProgramStorage, operands: [Variable], integers: [Int]? = nil
  ) -> [Variable] {
    let slots = operands.map { check($0, "scan") }
    let builder = OperationBuilder(
      self, operation.primitive.takeUnretainedValue(), body: operation.body?.takeUnretainedValue())
    if let body = operation.body { retain(body.takeUnretainedValue()) }
    for slot in slots { builder.operand(slot) }
    for integer in integers ?? Array(storage.integers(operation)) { builder.integer(integer) }
    for scalar in storage.scalars(operation) { builder.scalar(scalar) }
    let first: Int32 = builder.finish()
    return (0..<operation.resultCount).map { Variable(tape: self, slot: first + $0) }
  }

  /// A recording without values on which a pass builds a program.
  static func symbolic(_ scalarType: ScalarType) -> Tape {
    Tape(scalarType: scalarType, execution: .default, parent: nil, mode: .symbolic)
  }
}
