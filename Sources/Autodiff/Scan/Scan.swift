internal import DenseArrays

/// What a scan gives.
public struct ScanResult {
  /// What the step emitted, each [time, ...].
  public let outputs: [Variable]
  /// The states after the last step.
  public let states: [Variable]
  /// How the step was run.
  public let report: ScanReport
}

/// How a scan ran its step.
public struct ScanReport: CustomStringConvertible {
  /// The step as it was traced, before any optimisation; nil when it was unrolled.
  public let traced: Program?
  /// What the loop runs at each step.
  public let body: Program?
  /// What is done for all steps at once before the loop.
  public let outside: Program?
  /// Why the step was unrolled, or nil when it was traced.
  public let reason: String?

  public var description: String {
    guard let body, let outside else { return "unrolled: \(reason ?? "asked for")" }
    return "traced\n\nfor all steps at once:\n\(outside)\n\nat each step:\n\(body)"
  }
}

/// A step traced before: what was found by structure.
final class TracedScan {
  let program: Program
  let lowered: LoweredScan
  let time: Int
  let isDifferentiable: Bool

  init(program: Program, lowered: LoweredScan, time: Int, isDifferentiable: Bool) {
    self.program = program
    self.lowered = lowered
    self.time = time
    self.isDifferentiable = isDifferentiable
  }
}

/// Runs a step over time: traced once, optimised, and run at the speed of the machine; or unrolled when it cannot be traced.
///
///     let result = scan([inputs], from: [h0]) { tape, index, x, states in
///       let h = tanh(matmul(x[0], w) + matmul(states[0], u))
///       return ([h], [h])
///     }
///
/// The step is recorded without values for two indices. When both recordings are the same, the recording becomes the body:
/// what does not depend on the state is done for all steps at once, products of one left operand are merged, elementwise
/// operations are fused, and weight gradients leave the loop. A step that reads a value, or records something else at
/// another index, is unrolled; `report` says so and why.
///
/// - Parameters:
///   - sequences: variables [time, ...] of one tape, at least one, of at least one step.
///   - states: the states before the first step.
///   - isReversed: run from the last step to the first; `outputs[t]` belongs to `sequences[t]` all the same.
///   - isUnrolled: record the steps one after the other without trying to trace.
///   - name: the scope of the steps.
///   - step: the tape to record on, the step's index in the order of running, a row of each sequence, and the states;
///     gives outputs and the next states, of the same shapes as the states.
public func scan(
  _ sequences: [Variable], from states: [Variable], isReversed: Bool = false, isUnrolled: Bool = false,
  name: String = "scan",
  step: (_ tape: Tape, _ index: Int, _ inputs: [Variable], _ states: [Variable]) -> (
    outputs: [Variable], states: [Variable]
  )
) -> ScanResult {
  let tape = recordingTape(sequences + states, "scan")
  guard let time = sequences.first?.shape.first, time > 0, sequences.allSatisfy({ $0.shape.first == time }) else {
    stop(
      "scan: sequences of shapes \(sequences.map(\.shape)); expected at least one, of the same number of steps above 0\(tape.scopeSuffix)"
    )
  }
  // A report of the first NaN names the step, which only single steps have.
  if !isUnrolled, !tape.detectsNonFinite {
    let traced = tape.withScope(name) {
      tape.traceStep(sequences, states, name, step).map { tape.runTraced($0, sequences, states, isReversed) }
    }
    if let traced { return traced }
  }
  return tape.unroll(sequences, states, isReversed, name, isUnrolled, step)
}

extension Tape {
  typealias Step = (Tape, Int, [Variable], [Variable]) -> (outputs: [Variable], states: [Variable])

  struct Trace {
    let program: Program
    let captured: [Variable]
    let outputCount: Int
  }

  /// The step as a program, or nil, with the reason noted, when it cannot be traced.
  fileprivate func traceStep(_ sequences: [Variable], _ states: [Variable], _ name: String, _ step: Step) -> Trace? {
    if let reason = untraceable[name] {
      lastUnrollReason = reason
      return nil
    }
    if !tracedNames.contains(name) {
      // The first time, on the values of the first step: a body that reads them must not be misled.
      let probe = Tape(scalarType: scalarType, execution: execution, parent: self, mode: .recorded)
      _ = probe.withScope(core.pointee.scopeDescription(core.pointee.currentScope), step: 0) {
        step(probe, 0, sequences.map { probe.adopt($0)[0] }, states.map { probe.adopt($0) })
      }
      if probe.valueWasRead {
        untraceable[name] = "the step reads a value"
        lastUnrollReason = untraceable[name]
        return nil
      }
      tracedNames.insert(name)
    }
    let start = mark
    let first = record(sequences, states, 0, step)
    guard sequences[0].shape[0] > 1 else { return first }
    let middle = mark
    let second = record(sequences, states, 1, step)
    let counterparts = repetition(start, middle)
    let isSame =
      first.program.storage.isIdentical(to: second.program.storage) && counterparts != nil
      && zip(first.captured, second.captured).allSatisfy { $1.slot == counterparts?[$0.slot] ?? $0.slot }
    // What the second recording put on this tape is what the first one did, or the step is unrolled: it is not needed.
    discard(from: middle)
    if isSame { return first }
    discard(from: start)
    lastUnrollReason = "the step records something else at another index"
    return nil
  }

  private struct Mark {
    var operations, operands, integers, scalars, slots: Int
  }

  private var mark: Mark {
    Mark(
      operations: core.pointee.operations.count, operands: core.pointee.operandSlots.count,
      integers: core.pointee.integers.count, scalars: core.pointee.scalars.count, slots: core.pointee.slots.count)
  }

  /// If what was recorded on this tape from `middle` on repeats what was recorded from `start` to `middle`: for each
  /// result of the first, that of the second.
  private func repetition(_ start: Mark, _ middle: Mark) -> [Int32: Int32]? {
    let count = middle.operations - start.operations
    guard core.pointee.operations.count - middle.operations == count else { return nil }
    var counterparts: [Int32: Int32] = [:]
    for index in start.operations..<middle.operations {
      let a = core.pointee.operations[index]
      let b = core.pointee.operations[index + count]
      guard a.primitive.toOpaque() == b.primitive.toOpaque(), a.body?.toOpaque() == b.body?.toOpaque(),
        a.operandCount == b.operandCount, a.integerCount == b.integerCount, a.scalarCount == b.scalarCount,
        a.resultCount == b.resultCount
      else { return nil }
      for position in 0..<a.operandCount {
        let slot = core.pointee.operandSlots[a.firstOperand + position]
        if core.pointee.operandSlots[b.firstOperand + position] != counterparts[slot] ?? slot { return nil }
      }
      for position in 0..<Int(a.integerCount)
      where core.pointee.integers[Int(a.firstInteger) + position]
        != core.pointee.integers[Int(b.firstInteger) + position]
      {
        return nil
      }
      for position in 0..<Int(a.scalarCount)
      where core.pointee.scalars[Int(a.firstScalar) + position] != core.pointee.scalars[Int(b.firstScalar) + position] {
        return nil
      }
      for position in 0..<a.resultCount { counterparts[a.firstResult + position] = b.firstResult + position }
    }
    return counterparts
  }

  /// Forgets what was recorded from a mark on; leaves that were bound since stay.
  private func discard(from mark: Mark) {
    if leaves.contains(where: { Int($0.slot) >= mark.slots }) { return }
    core.pointee.operations.truncate(to: mark.operations)
    core.pointee.operandSlots.truncate(to: mark.operands)
    core.pointee.integers.truncate(to: mark.integers)
    core.pointee.scalars.truncate(to: mark.scalars)
    core.pointee.discardSlots(from: mark.slots)
  }

  private func record(_ sequences: [Variable], _ states: [Variable], _ index: Int, _ step: Step) -> Trace {
    let inner = Tape(scalarType: scalarType, execution: execution, parent: self, mode: .symbolic)
    let inputs = sequences.map { inner.symbolicInput($0.shape.dropFirst, $0.scalarType) }
    let before = states.map { inner.symbolicInput($0.shape, $0.scalarType) }
    let (outputs, after) = inner.withScope(core.pointee.scopeDescription(core.pointee.currentScope)) {
      step(inner, index, inputs, before)
    }
    checkStates(before, after)
    let captures = inner.capturedSlots
    let program = inner.program(
      inputs: inputs + before + captures.compactMap { inner.captures[$0] }.map { Variable(tape: inner, slot: $0) },
      outputs: (after + outputs).map { inner.adopt($0) })
    return Trace(
      program: program, captured: captures.map { Variable(tape: self, slot: $0) }, outputCount: outputs.count)
  }

  private func checkStates(_ before: [Variable], _ after: [Variable]) {
    guard before.map(\.shape) == after.map(\.shape), before.map(\.scalarType) == after.map(\.scalarType) else {
      stop("scan: a step from states of shapes \(before.map(\.shape)) to \(after.map(\.shape))\(scopeSuffix)")
    }
  }

  fileprivate func runTraced(
    _ trace: Trace, _ sequences: [Variable], _ states: [Variable], _ isReversed: Bool
  ) -> ScanResult {
    let time = sequences[0].shape[0]
    let isDifferentiable =
      core.pointee.mode != .valuesOnly && (sequences + states + trace.captured).contains { $0.isDifferentiable }
    let traced: TracedScan
    if let known = tracedScans.first(where: {
      $0.time == time && $0.isDifferentiable == isDifferentiable
        && $0.program.storage.isIdentical(to: trace.program.storage)
    }) {
      traced = known
    } else {
      let lowered = ScanLowering.lower(
        trace.program, sequenceCount: sequences.count, stateCount: states.count, time: time,
        isDifferentiable: isDifferentiable)
      traced = TracedScan(program: trace.program, lowered: lowered, time: time, isDifferentiable: isDifferentiable)
      tracedScans.append(traced)
    }
    let (trajectories, emitted) = run(
      traced.lowered, sequences: sequences.map { adopt($0) }, states: states.map { adopt($0) },
      captures: trace.captured,
      time: time, isReversed: isReversed)
    return ScanResult(
      outputs: (0..<trace.outputCount).map(emitted), states: trajectories.map { $0[isReversed ? 0 : time] },
      report: ScanReport(
        traced: trace.program, body: traced.lowered.body.program, outside: traced.lowered.outer, reason: nil))
  }

  fileprivate func unroll(
    _ sequences: [Variable], _ states: [Variable], _ isReversed: Bool, _ name: String, _ isUnrolled: Bool, _ step: Step
  ) -> ScanResult {
    let time = sequences[0].shape[0]
    var states = states
    var rows: [[Variable]] = []
    for index in 0..<time {
      let position = isReversed ? time - 1 - index : index
      withScope(name, step: position) {
        let (outputs, next) = step(self, index, sequences.map { $0[position] }, states)
        checkStates(states, next)
        states = next
        rows.append(outputs)
      }
    }
    if isReversed { rows.reverse() }
    let outputs = (0..<(rows.first?.count ?? 0)).map { column in stack(rows.map { $0[column] }) }
    return ScanResult(
      outputs: outputs, states: states,
      report: ScanReport(
        traced: nil, body: nil, outside: nil,
        reason: isUnrolled ? nil : detectsNonFinite ? "the tape looks for the first NaN" : lastUnrollReason))
  }
}

extension ProgramStorage {
  /// Whether two programs have the same operations on the same slots with the same numbers.
  func isIdentical(to other: ProgramStorage) -> Bool {
    guard operations.count == other.operations.count, inputs == other.inputs, outputs == other.outputs,
      operandSlots == other.operandSlots, integers == other.integers, scalars == other.scalars,
      slots.count == other.slots.count, constants.count == other.constants.count
    else { return false }
    for (a, b) in zip(slots, other.slots) where a.shape != b.shape || a.scalarType != b.scalarType { return false }
    for (a, b) in zip(operations, other.operations) {
      guard a.primitive.toOpaque() == b.primitive.toOpaque(), a.firstOperand == b.firstOperand,
        a.operandCount == b.operandCount, a.firstResult == b.firstResult, a.resultCount == b.resultCount,
        a.firstInteger == b.firstInteger, a.integerCount == b.integerCount, a.scalarCount == b.scalarCount
      else { return false }
      if a.body?.toOpaque() == b.body?.toOpaque() { continue }
      guard let first = pointwiseProgram(a), let second = other.pointwiseProgram(b), first == second else {
        return false
      }
    }
    for (slot, array) in constants {
      guard let counterpart = other.constants[slot], counterpart == array else { return false }
    }
    return true
  }
}
