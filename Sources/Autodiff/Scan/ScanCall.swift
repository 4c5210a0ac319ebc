internal import DenseArrays

/// A scan that was asked for.
struct ScanCall {
  typealias Step = (ScanStep, [Variable], [Variable]) -> (outputs: [Variable], states: [Variable])

  var sequences: [Variable]
  var states: [Variable]
  var options: ScanOptions
  var name: String
  /// Where the scan was called, for what is remembered about its step.
  var site: String
  var step: Step
  /// What is drawn once for all steps.
  var draws: SequenceDraws
  /// What the last sequences answer.
  var provided: [StepRequest] = []
  /// The step is known to read no values.
  var isProbed = false

  var time: Int { sequences[0].shape[0] }

  /// The position in the sequences of a step in the order of running.
  func position(_ index: Int) -> Int { options.isReversed ? time - 1 - index : index }

  /// Stops for options that no scan can follow.
  func checkOptions(on tape: Tape) {
    if case .slots(let slots) = options.checkpointing, slots < 1 {
      stop("scan: checkpointing with \(slots) slots; expected at least 1\(tape.scopeSuffix)")
    }
    if options.checkpointing != .none, !options.keeps.isEmpty {
      stop("scan: named values \(options.keeps) of a checkpointed scan, which keeps none\(tape.scopeSuffix)")
    }
  }

  /// Cuts gradients through the states at every so many steps.
  mutating func detachStates(on tape: Tape) {
    guard let every = options.detachEvery else { return }
    guard every > 0 else { stop("scan: detachEvery is \(every); expected at least 1\(tape.scopeSuffix)") }
    var passes = [Double](repeating: 1, count: time)
    for index in stride(from: every, to: time, by: every) { passes[position(index)] = 0 }
    append(DenseArray(passes, shape: [time]), on: tape) { passes, inner, step, inputs, states in
      inner(step, inputs, states.map { select(passes, $0, $0.detach()) })
    }
  }

  /// Keeps the states, and clears inputs and outputs, of the members of the batch at steps that do not count for them.
  mutating func keepMembers(on tape: Tape) {
    guard let mask = mask(on: tape) else { return }
    let batch = mask.shape[1]
    let what = options.lengths == nil ? "a mask of \(batch) members" : "\(batch) lengths"
    for state in states where state.shape.first != batch {
      stop("scan: \(what) for a state of shape \(state.shape)\(tape.scopeSuffix)")
    }
    guard sequences.contains(where: { $0.shape.dropFirst.first == batch }) else {
      stop("scan: \(what) for sequences of shapes \(sequences.map(\.shape))\(tape.scopeSuffix)")
    }
    append(mask.reshaped(to: [time, batch, 1]), on: tape) { mask, inner, step, inputs, states in
      func chosen(_ value: Variable, _ other: Variable? = nil) -> Variable {
        guard value.shape.first == batch, value.scalarType.isFloatingPoint else { return value }
        var shape: Shape = [batch]
        for _ in 1..<value.shape.rank { shape.append(1) }
        let mask = mask.shape == shape ? mask : mask.reshaped(to: shape)
        return select(mask, value, other ?? value.tape.constant(0, shape: []))
      }
      let (outputs, next) = inner(step, inputs.map { chosen($0) }, states)
      for output in outputs where output.shape.first != batch {
        stop("scan: \(what) for an output of shape \(output.shape)\(output.tape.scopeSuffix)")
      }
      return (outputs.map { chosen($0) }, zip(next, states).map { chosen($0, $1) })
    }
  }

  /// Which steps count by lengths and mask together, [time, batch], or nil without either.
  private func mask(on tape: Tape) -> DenseArray? {
    let time = time
    let mask = options.mask
    if let given = mask, given.shape.rank != 2 || given.shape[0] != time || !given.scalarType.isFloatingPoint {
      stop(
        "scan: a mask of type \(given.scalarType) and shape \(given.shape) for sequences of \(time) steps; expected "
          + "floating-point numbers [time, batch]\(tape.scopeSuffix)")
    }
    guard let lengths = options.lengths else { return mask }
    guard lengths.allSatisfy({ (0...time).contains($0) }) else {
      stop("scan: lengths \(lengths) of sequences of \(time) steps\(tape.scopeSuffix)")
    }
    var counts = (0..<time).flatMap { step in lengths.map { step < $0 ? 1.0 : 0.0 } }
    if let given = mask {
      guard given.shape[1] == lengths.count else {
        stop("scan: \(lengths.count) lengths with a mask of shape \(given.shape)\(tape.scopeSuffix)")
      }
      for (index, value) in given.elements.enumerated() where value == 0 { counts[index] = 0 }
    }
    return DenseArray(counts, shape: [time, lengths.count])
  }

  /// Adds a sequence of numbers of which each step gets its row.
  private mutating func append(
    _ rows: DenseArray, on tape: Tape,
    _ wrap:
      @escaping (
        Variable, Step, ScanStep, [Variable], [Variable]
      ) -> (outputs: [Variable], states: [Variable])
  ) {
    sequences.append(tape.constant(rows.converted(to: tape.scalarType)))
    let inner = step
    step = { step, inputs, states in wrap(inputs[inputs.count - 1], inner, step, Array(inputs.dropLast()), states) }
  }
}

extension Tape {
  /// Runs a scan in the way that its options and its step allow.
  func run(_ call: ScanCall) -> ScanResult {
    if call.options.isUnrolled { return unroll(call, reason: nil) }
    // A report of the first NaN names the step, which only single steps have.
    if detectsNonFinite { return unroll(call, reason: "the tape looks for the first NaN") }
    return withScope(call.name) {
      switch traceStep(call) {
      case .untraceable(let reason): return unroll(call, reason: reason)
      case .traced(let trace):
        let (parallel, loopReason) = call.options.isParallel ? runParallel(trace, call) : (nil, nil)
        if let parallel { return parallel }
        var call = call
        call.options.isParallel = false
        var result =
          call.segmentCounts.map { runSegments(call, trace.requests, trace.names, $0) } ?? runTraced(trace, call)
        result.report.loopReason = loopReason
        return result
      }
    }
  }

  /// Records the steps one after the other.
  private func unroll(_ call: ScanCall, reason: String?) -> ScanResult {
    if call.options.checkpointing != .none, call.time > 1 { return unrollSegments(call, reason: reason) }
    return unroll(call, from: 0, reason: reason)
  }

  func unroll(_ call: ScanCall, from start: Int, reason: String?) -> ScanResult {
    var states = call.states
    var rows = [[Variable]](repeating: [], count: call.time)
    var kept: [String: [Variable?]] = [:]
    var probes: [String: Variable] = [:]
    var names: [String] = []
    let provided = call.sequences.count - call.provided.count
    for index in 0..<call.time {
      let position = call.position(index)
      let recorder = StepRecorder(keeps: call.options.keeps, draws: call.draws) { request in
        if let known = call.provided.firstIndex(of: request) { return call.sequences[provided + known][position] }
        guard case .probe(let name, let shape) = request else { return nil }
        let probe = probes[name] ?? self.zeroLeaf(shape.prepending(call.time))
        probes[name] = probe
        return probe[position]
      }
      withScope(call.name, step: position) {
        let outer = stepRecorder
        stepRecorder = recorder
        defer { stepRecorder = outer }
        let step = ScanStep(tape: self, index: start + index, recorder: recorder)
        let (outputs, next) = call.step(step, call.sequences[..<provided].map { $0[position] }, states)
        checkStates(states, next)
        if index > 0 {
          checkOutputs(outputs.map(\.shape), of: start + index, rows[call.position(0)].map(\.shape), of: start)
        }
        states = next.map { adopt($0, "scan") }
        rows[position] = outputs.map { adopt($0, "scan") }
        if index == 0 { names = recorder.names }
        for (name, value) in recorder.kept {
          kept[name, default: [Variable?](repeating: nil, count: call.time)][position] = value
        }
      }
    }
    let outputs = rows[0].indices.map { column in stack(rows.map { $0[column] }) }
    var values: [String: KeptValue] = [:]
    for (name, rows) in kept {
      let present = rows.compactMap { $0 }
      guard present.count == call.time, let probe = probes[name] else {
        stop("scan: \"\(name)\" is named at \(present.count) of \(call.time) steps\(scopeSuffix)")
      }
      values[name] = KeptValue(values: stack(present), probe: probe)
    }
    checkKept(values, call)
    return ScanResult(
      outputs: outputs, states: states, kept: values, names: names,
      report: ScanReport(traced: nil, body: nil, outside: nil, reason: reason))
  }

  /// A leaf of zeros that has a gradient.
  func zeroLeaf(_ shape: Shape) -> Variable { variable(DenseArray(zeros: shape, scalarType)) }

  func checkKept(_ kept: [String: KeptValue], _ call: ScanCall) {
    if let missing = call.options.keeps.first(where: { kept[$0] == nil }) {
      stop("scan: the step names no value \"\(missing)\"\(scopeSuffix)")
    }
  }

  /// Stops when a step emits something else than one before it.
  func checkOutputs(_ shapes: [Shape], of step: Int, _ expected: [Shape], of first: Int) {
    if shapes != expected {
      stop("scan: step \(step) emits \(shapes) where step \(first) emitted \(expected)\(scopeSuffix)")
    }
  }

  func checkStates(_ before: [Variable], _ after: [Variable]) {
    guard before.map(\.shape) == after.map(\.shape), before.map(\.scalarType) == after.map(\.scalarType) else {
      let (types, nextTypes) = (before.map(\.scalarType), after.map(\.scalarType))
      if before.map(\.shape) == after.map(\.shape) {
        stop("scan: a step from states of types \(types) to \(nextTypes)\(scopeSuffix)")
      }
      stop("scan: a step from states of shapes \(before.map(\.shape)) to \(after.map(\.shape))\(scopeSuffix)")
    }
  }
}
