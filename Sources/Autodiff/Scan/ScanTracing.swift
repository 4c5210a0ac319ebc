internal import DenseArrays

/// A step as a program, with what it takes from around it.
struct StepTrace {
  let program: Program
  /// The variables of the surrounding tape that it uses.
  let captured: [Variable]
  let requests: [StepRequest]
  let outputCount: Int
  /// The named values among the program's outputs, behind the step's own.
  let kept: [String]
  /// All names that the step gives.
  let names: [String]
}

/// What became of tracing a step.
enum StepTracing {
  case traced(StepTrace)
  case untraceable(reason: String)
}

/// A step traced before: what was found by structure.
final class TracedScan {
  let program: Program
  let lowered: LoweredScan
  let time: Int
  let isDifferentiable: Bool
  let passes: ScanPasses

  init(program: Program, lowered: LoweredScan, time: Int, isDifferentiable: Bool, passes: ScanPasses) {
    self.program = program
    self.lowered = lowered
    self.time = time
    self.isDifferentiable = isDifferentiable
    self.passes = passes
  }
}

/// What a tape and those inside it know of the steps that were scanned on them.
final class ScanMemory {
  /// The steps, each once: one that is traced again is found among them.
  var programs: [Program] = []
  var scans: [TracedScan] = []
  var plans: [ParallelPlan] = []
  /// Where steps were called that read no values, and those that cannot be traced and why.
  var probed: Set<String> = []
  var untraceable: [String: String] = [:]

  func remembering(_ trace: StepTrace) -> StepTrace {
    if !programs.contains(where: { $0.storage === trace.program.storage }) { programs.append(trace.program) }
    return trace
  }
}

extension Tape {
  /// The step as a program, or why it cannot be one.
  func traceStep(_ call: ScanCall) -> StepTracing {
    if let reason = scanMemory.untraceable[call.site] { return .untraceable(reason: reason) }
    if !call.isProbed, core.pointee.mode != .symbolic, !scanMemory.probed.contains(call.site) {
      if let reason = probe(call) {
        scanMemory.untraceable[call.site] = reason
        return .untraceable(reason: reason)
      }
      scanMemory.probed.insert(call.site)
    }
    let (first, reason) = record(call, index: 0, known: scanMemory.programs)
    if let reason {
      scanMemory.untraceable[call.site] = reason
      return .untraceable(reason: reason)
    }
    guard call.time > 1 else { return .traced(scanMemory.remembering(first)) }
    let (second, _) = record(call, index: 1, known: [first.program])
    let isSame =
      first.program.storage === second.program.storage && first.requests == second.requests
      && first.kept == second.kept && first.captured.map(\.slot) == second.captured.map(\.slot)
    guard isSame else { return .untraceable(reason: "the step records something else the second time") }
    return .traced(scanMemory.remembering(first))
  }

  /// Runs the step on the values of the first one: a step that reads them must not be misled.
  private func probe(_ call: ScanCall) -> String? {
    let probe = Tape(scalarType: scalarType, execution: execution, parent: self, mode: .recorded)
    probe.randomSeed = randomSeed
    probe.scanMemory = scanMemory
    let recorder = StepRecorder(keeps: []) { _ in nil }
    let position = call.position(0)
    recording(on: probe) {
      _ = probe.withScope(core.pointee.scopeDescription(core.pointee.currentScope), step: position) {
        call.step(
          ScanStep(tape: probe, index: 0, recorder: recorder), call.sequences.map { probe.adopt($0)[position] },
          call.states.map { probe.adopt($0) })
      }
    }
    probe.closeParameters()
    return reason(recorder, probe)
  }

  /// Why a step that reads a value is not traced.
  static let readsValue = "the step reads a value"

  private func reason(_ recorder: StepRecorder, _ tape: Tape) -> String? {
    if tape.valueWasRead { return Self.readsValue }
    if recorder.readsIndex { return "the step reads its index" }
    return nil
  }

  /// A tape for recording a step of this one, kept for the next time.
  private func stepTape() -> Tape {
    let tape =
      idleStepTapes.popLast() ?? Tape(scalarType: scalarType, execution: execution, parent: nil, mode: .symbolic)
    tape.parent = self
    tape.randomSeed = randomSeed
    tape.scanMemory = scanMemory
    tape.toleratesReading = true
    tape.isDifferentiatedFurther = isDifferentiatedFurther
    return tape
  }

  /// Records the step, as one of the known programs when it is the same.
  private func record(_ call: ScanCall, index: Int, known: [Program]) -> (trace: StepTrace, reason: String?) {
    let inner = stepTape()
    defer {
      inner.reset()
      inner.parent = nil
      inner.stepRecorder = nil
      idleStepTapes.append(inner)
    }
    let given = call.sequences.map { inner.symbolicInput($0.shape.dropFirst, $0.scalarType) }
    let inputs = Array(given[..<(given.count - call.provided.count)])
    let before = call.states.map { inner.symbolicInput($0.shape, $0.scalarType) }
    let recorder = StepRecorder(keeps: call.options.keeps, draws: call.draws) { request in
      if let known = call.provided.firstIndex(of: request) { return given[inputs.count + known] }
      if case .probe = request { return inner.symbolicInput(request.shape, inner.scalarType) }
      return inner.symbolicInput(request.shape, inner.scalarType, isDifferentiable: false)
    }
    inner.stepRecorder = recorder
    let scope = core.pointee.scopeDescription(core.pointee.currentScope)
    let (outputs, after) = recording(on: inner) {
      inner.withScope(scope) { call.step(ScanStep(tape: inner, index: index, recorder: recorder), inputs, before) }
    }
    checkStates(before, after)
    var requests: [StepRequest] = []
    var requested: [Variable] = []
    for (request, value) in zip(recorder.requests, recorder.values) where !call.provided.contains(request) {
      requests.append(request)
      requested.append(value)
    }
    let results = (after + outputs + recorder.kept.map(\.value)).map { inner.adopt($0, "scan") }
    let captures = inner.capturedSlots
    let program = inner.program(
      inputs: given + requested + before
        + captures.compactMap { inner.captures[$0] }.map { Variable(tape: inner, slot: $0) },
      outputs: results, known: known)
    let trace = StepTrace(
      program: program, captured: captures.map { Variable(tape: self, slot: $0) }, requests: requests,
      outputCount: outputs.count, kept: recorder.kept.map(\.name), names: recorder.names)
    return (trace, reason(recorder, inner))
  }

  /// What answers a request for all steps.
  func sequence(for request: StepRequest, _ call: ScanCall) -> Variable {
    let time = call.time
    switch request {
    case .position:
      let indices = (0..<time).map { Double(call.position($0)) }
      return constant(DenseArray(indices, shape: [time]).converted(to: scalarType))
    case .draw(let distribution, let shape, let site):
      return randomRows(
        distribution, shape.prepending(time), site: site, step: call.position(0),
        increment: call.options.isReversed ? -1 : 1)
    case .probe(_, let shape):
      return zeroLeaf(shape.prepending(time))
    }
  }

  func isDifferentiable(_ variables: [Variable]) -> Bool {
    core.pointee.mode != .valuesOnly && variables.contains { $0.isDifferentiable }
  }

  /// The named values of a traced step and their probes; `emitted` gives a value by its number.
  func keptValues(
    _ trace: StepTrace, _ answers: [Variable], _ emitted: (Int) -> Variable
  ) -> [String: KeptValue] {
    var kept: [String: KeptValue] = [:]
    for (index, name) in trace.kept.enumerated() {
      let probe = trace.requests.firstIndex { if case .probe(name: name, _) = $0 { true } else { false } }
      guard let probe else { continue }
      kept[name] = KeptValue(values: emitted(index), probe: answers[probe])
    }
    return kept
  }

  func runTraced(_ trace: StepTrace, _ call: ScanCall) -> ScanResult {
    let time = call.time
    let answers = trace.requests.map { sequence(for: $0, call) }
    let sequences = call.sequences + answers
    let isDifferentiable = isDifferentiable(sequences + call.states + trace.captured)
    let traced: TracedScan
    if let known = scanMemory.scans.first(where: {
      $0.time == time && $0.isDifferentiable == isDifferentiable && $0.passes == call.options.passes
        && $0.program.storage === trace.program.storage
    }) {
      traced = known
    } else {
      let lowered = ScanLowering.lower(
        trace.program, sequenceCount: sequences.count, stateCount: call.states.count, time: time,
        isDifferentiable: isDifferentiable, passes: call.options.passes)
      traced = TracedScan(
        program: trace.program, lowered: lowered, time: time, isDifferentiable: isDifferentiable,
        passes: call.options.passes)
      scanMemory.scans.append(traced)
    }
    let run = run(
      traced.lowered, sequences: sequences, states: call.states, captures: trace.captured, time: time,
      isReversed: call.options.isReversed)
    let kept = keptValues(trace, answers) { run.emitted(trace.outputCount + $0) }
    checkKept(kept, call)
    return ScanResult(
      outputs: (0..<trace.outputCount).map(run.emitted), states: call.states.indices.map(run.last), kept: kept,
      names: trace.names,
      report: ScanReport(
        traced: trace.program, body: traced.lowered.body.program, outside: traced.lowered.outer, reason: nil))
  }
}
