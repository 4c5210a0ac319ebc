internal import DenseArrays

/// A step computed for all steps without a loop over them, by a plan.
struct ParallelScan {
  let tape: Tape
  let plan: ParallelPlan
  let isReversed: Bool
  let sequences: [Variable]
  let initialStates: [Variable]
  let captures: [Variable]

  /// What the step emits for all steps, [time, ...], and the states after the last one; or nil when an operation cannot be
  /// done for all steps at once.
  func run() -> (emitted: [Variable], states: [Variable])? {
    let whole = WholeSequences(tape: tape, time: time)
    // The values of each state after all steps, [time, ...], once they are known.
    var known = [Variable?](repeating: nil, count: initialStates.count)
    for (state, coefficients) in plan.solutions {
      guard let found = whole.run(coefficients, inputs(known)) else { return nil }
      known[state] = linearRecurrence(found[0], found[1], from: initialStates[state], isReversed: isReversed)
    }
    let states = known.compactMap { $0 }
    var made: [Variable] = []
    if let rest = plan.rest {
      guard let found = whole.run(rest, inputs(known)) else { return nil }
      made = found.reversed()
    }
    let emitted = plan.emittedStates.compactMap { state in state.map { states[$0] } ?? made.popLast() }
    return (emitted, states.map { $0[isReversed ? 0 : time - 1] })
  }

  private var time: Int { sequences[0].shape[0] }

  /// The step's inputs for all steps, with 0 for states that are not known.
  private func inputs(_ known: [Variable?]) -> [BatchedOperand] {
    let states = zip(known, initialStates).map { after, initial -> BatchedOperand in
      after.map { .sequence(before($0, initial)) }
        ?? .invariant(tape.constant(0, shape: initial.shape, initial.scalarType))
    }
    return sequences.map { .sequence($0) } + states + captures.map { .invariant($0) }
  }

  /// The values before each step, of values after each step.
  private func before(_ after: Variable, _ initial: Variable) -> Variable {
    let first = initial.reshaped(to: initial.shape.prepending(1))
    guard time > 1 else { return first }
    let rest = after.slice(axis: 0, isReversed ? 1..<time : 0..<time - 1)
    return concatenate(isReversed ? [rest, first] : [first, rest], axis: 0)
  }
}

extension Tape {
  /// Runs a traced step without a loop over the steps, or says why that cannot be.
  func runParallel(_ trace: StepTrace, _ call: ScanCall) -> (result: ScanResult?, loopReason: String?) {
    let answers = trace.requests.map { sequence(for: $0, call) }
    let sequences = call.sequences + answers
    let isDifferentiable = isDifferentiable(sequences + call.states + trace.captured)
    let plan = parallelPlan(trace, sequences.count, call.states.count, isDifferentiable: isDifferentiable)
    if let reason = plan.reason { return (nil, reason) }
    let scan = ParallelScan(
      tape: self, plan: plan, isReversed: call.options.isReversed, sequences: sequences, initialStates: call.states,
      captures: trace.captured)
    guard let (emitted, states) = scan.run() else {
      return (nil, "the step has an operation that cannot be done for all steps at once")
    }
    let kept = keptValues(trace, answers) { emitted[trace.outputCount + $0] }
    checkKept(kept, call)
    let report = ScanReport(traced: trace.program, body: nil, outside: nil, reason: nil, isParallel: true)
    let outputs = Array(emitted.prefix(trace.outputCount))
    return (ScanResult(outputs: outputs, states: states, kept: kept, names: trace.names, report: report), nil)
  }

  /// The plan of a traced step: made once for a step that is found again by its structure.
  private func parallelPlan(
    _ trace: StepTrace, _ sequenceCount: Int, _ stateCount: Int, isDifferentiable: Bool
  ) -> ParallelPlan {
    if let known = scanMemory.plans.first(where: {
      $0.sequenceCount == sequenceCount && $0.stateCount == stateCount && $0.isDifferentiable == isDifferentiable
        && $0.program.storage === trace.program.storage
    }) {
      return known
    }
    let plan = ParallelPlan(
      trace.program, sequenceCount: sequenceCount, stateCount: stateCount, isDifferentiable: isDifferentiable)
    scanMemory.plans.append(plan)
    return plan
  }
}
