internal import CKernels
internal import DenseArrays

/// A step's program run over time.
///
/// Operands: sequences [time, ...], initial states, captured values. Results: for each state its trajectory
/// [time + 1, ...], the initial state included, then each emitted value [time, ...]. A reversed scan runs from the last
/// step to the first; its trajectories begin at the last row. A state that is not tracked has two rows instead, which take
/// turns. Last come the rows after the steps, [time, ...], of states that are outputs too: they stand in the trajectories.
/// Integers: number of steps, reversed, bits of the tracked states, bits of the states with such rows, then pairs of a
/// result and a sequence whose memory it takes over, row by row: nothing else reads that sequence.
final class ScanPrimitive: Primitive, @unchecked Sendable {
  static let shared = ScanPrimitive(immortal: "scan", takesOperands: true)

  static func body(_ view: OperationView) -> ScanBody {
    guard let body = view.operation.pointee.body else { stop("scan: no body") }
    return unsafeDowncast(body.takeUnretainedValue(), to: ScanBody.self)
  }

  override func inferResults(_ operation: OperationView, _ results: inout ResultTypes) {
    let body = Self.body(operation)
    let time = operation.integer(0)
    for position in 0..<operation.operandCount {
      let type = body.inputType(position)
      let expected = position < body.sequenceCount ? type.shape.prepending(time) : type.shape
      guard operation.operandShape(position) == expected, operation.operandType(position) == type.scalarType else {
        operation.fail(
          "operand \(position) is \(operation.operandType(position)) \(operation.operandShape(position)), the step takes \(type.scalarType) \(expected)"
        )
      }
    }
    for output in 0..<body.stateCount + body.emittedCount {
      let type = body.outputType(output)
      let rows = output >= body.stateCount ? time : Self.isTracked(operation, output) ? time + 1 : 2
      results.append(type.shape.prepending(rows), type.scalarType)
    }
    for state in Self.statesWithRows(operation) {
      let type = body.outputType(state)
      results.append(type.shape.prepending(time), type.scalarType)
    }
  }

  /// The states whose rows are results of their own.
  static func statesWithRows(_ operation: OperationView) -> [Int] {
    (0..<min(body(operation).stateCount, 63)).filter { operation.integer(3) >> $0 & 1 != 0 }
  }

  static func isTracked(_ operation: OperationView, _ state: Int) -> Bool {
    state >= 63 || operation.integer(2) >> state & 1 != 0
  }

  /// The row of a state's result that holds the state before the step that is number `count` in the order of running.
  static func row(_ operation: OperationView, state: Int, before count: Int) -> Int {
    guard isTracked(operation, state) else { return count & 1 }
    return operation.integer(1) != 0 ? operation.integer(0) - count : count
  }

  override func allocateResults(_ operation: OperationView) {
    let core = operation.core
    for position in stride(from: 4, to: operation.integerCount - 1, by: 2) {
      let result = operation.resultEntry(operation.integer(position))
      let operand = operation.operandEntry(operation.integer(position + 1))
      guard operand.pointee.flags.contains(.owned) else { continue }
      operand.pointee.flags.remove(.owned)
      result.pointee.flags.insert(.owned)
      result.pointee.pointer = operand.pointee.pointer
      result.pointee.sizeClass = operand.pointee.sizeClass
    }
    let body = Self.body(operation)
    let own = body.stateCount + body.emittedCount
    for position in 0..<own where operation.resultEntry(position).pointee.pointer == nil {
      core.pointee.allocate(Int(operation.operation.pointee.firstResult) + position)
    }
    for (index, state) in Self.statesWithRows(operation).enumerated() {
      let rows = operation.resultEntry(own + index)
      let rowBytes = rows.pointee.byteCount / operation.integer(0)
      let offset = operation.integer(1) != 0 ? 0 : rowBytes
      rows.pointee.pointer = operation.resultEntry(state).pointee.pointer.map { $0 + offset }
    }
  }

  override func execute(_ operation: OperationView) {
    let body = Self.body(operation)
    let pairs = stride(from: 4, to: operation.integerCount - 1, by: 2).map {
      (result: operation.integer($0), sequence: operation.integer($0 + 1))
    }
    if let plan = body.plan(sharing: pairs) {
      plan.run(operation, time: operation.integer(0), isReversed: operation.integer(1) != 0)
    } else {
      runStepByStep(operation, body)
    }
  }

  /// Runs any body, one operation at a time.
  private func runStepByStep(_ operation: OperationView, _ body: ScanBody) {
    let time = operation.integer(0)
    let isReversed = operation.integer(1) != 0
    let tape = operation.core.pointee.tape.takeUnretainedValue().scratchTape
    for state in 0..<body.stateCount {
      let entry = operation.operandEntry(body.sequenceCount + state).pointee
      let row = Self.row(operation, state: state, before: 0)
      (operation.resultElements(state) + row * entry.byteCount).copyMemory(
        from: operation.operandElements(body.sequenceCount + state), byteCount: entry.byteCount)
    }
    for count in 0..<time {
      let step = isReversed ? time - 1 - count : count
      tape.reset()
      let inputs = (0..<operation.operandCount).map { position -> Variable in
        let type = body.inputType(position)
        var entry = Slot(shape: type.shape, scalarType: type.scalarType, flags: [], producer: -1, pointer: nil)
        if position < body.sequenceCount {
          entry.pointer =
            UnsafeMutableRawPointer(mutating: operation.operandElements(position)) + step * entry.byteCount
        } else if position < body.sequenceCount + body.stateCount {
          let row = Self.row(operation, state: position - body.sequenceCount, before: count)
          entry.pointer = operation.resultElements(position - body.sequenceCount) + row * entry.byteCount
        } else {
          entry.pointer = UnsafeMutableRawPointer(mutating: operation.operandElements(position))
        }
        return tape.borrowed(entry)
      }
      for (output, variable) in tape.replay(body.program, inputs).enumerated() {
        let entry = variable.entry
        let row = output < body.stateCount ? Self.row(operation, state: output, before: count + 1) : step
        if let pointer = entry.pointer {
          (operation.resultElements(output) + row * entry.byteCount).copyMemory(
            from: pointer, byteCount: entry.byteCount)
        }
      }
    }
  }

  override func reverse(_ operation: ReverseOperation) {
    let body = Self.body(operation.view)
    let tape = operation.tape
    let time = operation.integer(0)
    let isReversed = operation.integer(1) != 0
    let isRecorded = tape.core.pointee.mode != .valuesOnly && tape.isDifferentiatedFurther
    let wanted = (0..<operation.operandCount).filter { position in
      operation.needs(position) && !(body.sequenceCount..<body.sequenceCount + body.stateCount).contains(position)
    }
    let own = body.stateCount + body.emittedCount
    let withRows = Self.statesWithRows(operation.view)
    let seeded = Set(
      (0..<operation.resultCount).filter { operation.cotangent($0) != nil }.map {
        $0 < own ? $0 : own + withRows[$0 - own]
      }
    )
    let reverse = body.cachedReverse(wanted: wanted, seeded: seeded, time: time, isRecorded: isRecorded)
    let values = ScanValues(
      body: body, time: time, isReversed: isReversed, operand: { operation.operand($0) },
      result: { operation.result($0) },
      cotangent: { operation.cotangent($0) },
      rowsCotangent: { state in withRows.firstIndex(of: state).flatMap { operation.cotangent(own + $0) } },
      tangent: { _ in nil })
    let zeros = (0..<body.stateCount).map { state -> Variable in
      let type = body.outputType(state)
      return tape.constant(0, shape: type.shape, type.scalarType)
    }
    let totals = reverse.carriedCaptures.map { capture -> Variable in
      let type = body.inputType(body.sequenceCount + body.stateCount + capture)
      return tape.constant(0, shape: type.shape, type.scalarType)
    }
    let captures = reverse.captures.map { values.capture($0) }
    // A sweep that ends the recording may write over what only this scan's derivatives read.
    let isLast = tape.core.pointee.isConsuming && tape.core.pointee.mode == .valuesOnly
    let run = tape.run(
      reverse.lowered, sequences: reverse.sequences.map { values.whole($0) }, states: zeros + totals,
      captures: captures, time: time, isReversed: !isReversed, consumes: isLast ? reverse.lastReads(body) : [])
    let emitted = run.emitted
    for (sequence, position) in reverse.sequenceCotangents { operation.push(sequence, emitted(position)) }
    for (index, capture) in reverse.carriedCaptures.enumerated() {
      operation.push(body.sequenceCount + body.stateCount + capture, run.last(body.stateCount + index))
    }
    for state in 0..<body.stateCount where operation.needs(body.sequenceCount + state) {
      let first = isReversed ? time : 0
      operation.push(body.sequenceCount + state, run.last(state))
      if let trajectory = operation.cotangent(state) { operation.push(body.sequenceCount + state, trajectory[first]) }
    }
    if let after = reverse.after {
      let inputs = reverse.afterInputs.map { input -> Variable in
        switch input {
        case .forward(let source): values.whole(source)
        case .emitted(let position): emitted(position)
        case .capture(let capture): values.capture(capture)
        }
      }
      for (capture, cotangent) in zip(reverse.captureCotangents, tape.replay(after, inputs)) {
        operation.push(body.sequenceCount + body.stateCount + capture, cotangent)
      }
    }
  }

  override func forward(_ operation: ForwardOperation) {
    let body = Self.body(operation.view)
    let tape = operation.tape
    let time = operation.integer(0)
    let isReversed = operation.integer(1) != 0
    let states = body.sequenceCount..<body.sequenceCount + body.stateCount
    let moved = (0..<operation.operandCount).filter { !states.contains($0) && operation.tangent($0) != nil }
    let isRecorded = tape.core.pointee.mode != .valuesOnly && tape.isDifferentiatedFurther
    let forward = body.cachedTangent(along: moved, time: time, isRecorded: isRecorded)
    let values = ScanValues(
      body: body, time: time, isReversed: isReversed, operand: { operation.operand($0) },
      result: { operation.result($0) },
      cotangent: { _ in nil }, rowsCotangent: { _ in nil }, tangent: { operation.tangent($0) })
    let initial = states.map { position -> Variable in
      operation.tangent(position)
        ?? tape.constant(0, shape: operation.view.operandShape(position), operation.view.operandType(position))
    }
    let captures =
      forward.captures.map { values.capture($0) }
      + forward.captureTangents.compactMap { operation.tangent(body.sequenceCount + body.stateCount + $0) }
    let run = tape.run(
      forward.lowered, sequences: forward.sequences.map { values.whole($0) }, states: initial, captures: captures,
      time: time, isReversed: isReversed)
    for state in 0..<body.stateCount { operation.setTangent(state, run.trajectory(state)) }
    for (index, state) in Self.statesWithRows(operation.view).enumerated() {
      operation.setTangent(
        body.stateCount + body.emittedCount + index,
        run.trajectory(state).slice(axis: 0, isReversed ? 0..<time : 1..<time + 1))
    }
    for output in 0..<body.emittedCount { operation.setTangent(body.stateCount + output, run.emitted(output)) }
  }

  override func describeAttributes(_ operation: OperationView) -> String {
    let body = Self.body(operation)
    return
      "of \(operation.integer(0)) steps\(operation.integer(1) != 0 ? " from the end" : ""), \(body.program.operationCount) operations a step"
  }
}

/// Whole sequences of a scan's values, for scans derived from it.
private struct ScanValues {
  let body: ScanBody
  let time: Int
  let isReversed: Bool
  let operand: (Int) -> Variable
  let result: (Int) -> Variable
  let cotangent: (Int) -> Variable?
  let rowsCotangent: (Int) -> Variable?
  let tangent: (Int) -> Variable?

  func capture(_ index: Int) -> Variable { operand(body.sequenceCount + body.stateCount + index) }

  func whole(_ source: ScanSource) -> Variable {
    switch source {
    case .sequence(let index): return operand(index)
    case .emitted(let index): return result(body.stateCount + index)
    case .previousState(let index): return result(index).slice(axis: 0, previous)
    case .nextState(let index): return result(index).slice(axis: 0, next)
    case .stateCotangent(let index):
      guard let cotangent = cotangent(index) else { stop("scan: no cotangent of state \(index)") }
      return cotangent.slice(axis: 0, next)
    case .rowsCotangent(let index):
      guard let cotangent = rowsCotangent(index) else { stop("scan: no cotangent of the rows of state \(index)") }
      return cotangent
    case .emittedCotangent(let index):
      guard let cotangent = cotangent(body.stateCount + index) else { stop("scan: no cotangent of output \(index)") }
      return cotangent
    case .sequenceTangent(let index):
      guard let tangent = tangent(index) else { stop("scan: no tangent of sequence \(index)") }
      return tangent
    }
  }

  /// The rows of a trajectory before and after each step.
  private var previous: Range<Int> { isReversed ? 1..<time + 1 : 0..<time }
  private var next: Range<Int> { isReversed ? 0..<time : 1..<time + 1 }
}

/// Where the values of a scan that was recorded are.
struct RecordedScan {
  let tape: Tape
  let lowered: LoweredScan
  let first: Int32
  let time: Int
  let isReversed: Bool

  private func result(_ index: Int) -> Variable { Variable(tape: tape, slot: first + Int32(index)) }

  /// All values of a tracked state, [time + 1, ...].
  func trajectory(_ state: Int) -> Variable {
    guard lowered.isTracked[state] else { stop("scan: the values of state \(state) at all steps were not kept") }
    return result(state)
  }

  /// The state after the last step.
  func last(_ state: Int) -> Variable {
    result(state)[lowered.isTracked[state] ? (isReversed ? 0 : time) : time & 1]
  }

  /// An output of the step, [time, ...].
  func emitted(_ index: Int) -> Variable {
    switch lowered.emitted[index] {
    case .state(let state):
      result(
        lowered.body.stateCount + lowered.body.emittedCount + lowered.statesWithRows[0..<state].count(where: \.self))
    case .output(let output): result(lowered.body.stateCount + output)
    }
  }
}

extension Tape {
  /// Records a lowered scan: what is done for all steps at once, then the loop.
  ///
  /// - Parameter consumes: positions of the sequences that nothing reads afterwards.
  func run(
    _ lowered: LoweredScan, sequences: [Variable], states: [Variable], captures: [Variable], time: Int,
    isReversed: Bool, consumes: Set<Int> = []
  ) -> RecordedScan {
    let operands = replay(lowered.outer, sequences + captures)
    let all = Array(operands[..<lowered.sequenceCount]) + states + Array(operands[lowered.sequenceCount...])
    var tracked = 0
    var rows = 0
    for (state, isTracked) in lowered.isTracked.enumerated() where isTracked && state < 63 { tracked |= 1 << state }
    for (state, hasRows) in lowered.statesWithRows.enumerated() where hasRows { rows |= 1 << state }
    let first = applyFirst(
      ScanPrimitive.shared, operands: all,
      integers: [time, isReversed ? 1 : 0, tracked, rows] + lowered.shares(consumes),
      scalars: [],
      body: lowered.body)
    return RecordedScan(tape: self, lowered: lowered, first: first, time: time, isReversed: isReversed)
  }
}
