internal import DenseArrays

extension ScanCall {
  /// How many segments each level of checkpointing has, or nil when all steps are kept.
  var segmentCounts: [Int]? {
    let time = Double(time)
    switch options.checkpointing {
    case .none: return nil
    case .segments: return self.time < 4 ? nil : [Int(time.squareRoot().rounded())]
    case .slots(let slots):
      if slots >= self.time { return nil }
      // Level by level, until the steps of a segment are no more than the states of a level.
      for levels in 1... {
        let share = Double(slots) / Double(levels)
        if share < 2 { break }
        var covered = share
        for _ in 0..<levels { covered *= share }
        if covered >= time { return [Int](repeating: Int(share), count: levels) }
      }
      // Halving, the least that states can be kept of.
      let levels = max(1, Int.bitWidth - 1 - self.time.leadingZeroBitCount)
      return [Int](repeating: 2, count: levels)
    }
  }
}

extension Tape {
  /// Runs a traced step as a scan over segments whose step is a scan: what the outer one keeps is the states between them.
  ///
  /// - Parameters:
  ///   - requests: what the step asks of its scan.
  ///   - names: the names that the step gives.
  ///   - counts: the number of segments of this level and of those inside it.
  func runSegments(
    _ call: ScanCall, _ requests: [StepRequest], _ names: [String], _ counts: [Int]
  ) -> ScanResult {
    var whole = call
    whole.sequences += requests.map { sequence(for: $0, call) }
    whole.provided += requests
    whole.isProbed = true
    let time = call.time
    guard let count = counts.first, time / count > 0, count > 1 else {
      whole.options.checkpointing = .none
      return run(whole)
    }
    let length = time / count
    let rest = time - count * length
    // The steps that fill no segment come first in the order of running.
    let head = call.options.isReversed ? count * length..<time : 0..<rest
    let covered = call.options.isReversed ? 0..<count * length : rest..<time
    var first: ScanResult?
    if rest > 0 {
      var part = whole
      part.options.checkpointing = .none
      part.sequences = whole.sequences.map { $0.slice(axis: 0, head) }
      first = run(part)
      whole.states = first?.states ?? whole.states
    }
    var outer = whole
    outer.options = ScanOptions(isReversed: call.options.isReversed, passes: [.merging, .fusion])
    outer.provided = []
    outer.name = "segments"
    outer.site = call.site + " segments \(counts)"
    outer.sequences = whole.sequences.map { sequence in
      sequence.slice(axis: 0, covered).reshaped(to: sequence.shape.dropFirst.prepending(length).prepending(count))
    }
    outer.step = { step, inputs, states in
      var segment = whole
      segment.sequences = inputs
      segment.states = states
      let result = step.tape.runSegments(segment, [], names, Array(counts.dropFirst()))
      return (result.outputs, result.states)
    }
    let last = run(outer)
    let outputs = last.outputs.enumerated().map { index, output -> Variable in
      let rows = output.reshaped(to: output.shape.dropFirst.dropFirst.prepending(count * length))
      guard let first else { return rows }
      let parts = [first.outputs[index], rows]
      return concatenate(call.options.isReversed ? parts.reversed() : parts, axis: 0)
    }
    return ScanResult(outputs: outputs, states: last.states, kept: [:], names: names, report: last.report)
  }

  /// Records a step that cannot be traced segment by segment, each kept by its inputs only.
  func unrollSegments(_ call: ScanCall, reason: String?) -> ScanResult {
    if reason == Self.readsValue {
      stop("scan: \(Self.readsValue), and there is none to read in a checkpointed scan\(scopeSuffix)")
    }
    let time = call.time
    let count = call.segmentCounts?.first ?? 1
    let length = (time + count - 1) / count
    var states = call.states
    var parts: [[Variable]] = []
    var names: [String] = []
    for start in stride(from: 0, to: time, by: length) {
      let end = min(start + length, time)
      let range = call.options.isReversed ? time - end..<time - start : start..<end
      let results = checkpoint(states + call.sequences.map { $0.slice(axis: 0, range) }) { inputs in
        var segment = call
        segment.states = Array(inputs[..<states.count])
        segment.sequences = Array(inputs[states.count...])
        let result = inputs[0].tape.unroll(segment, from: start, reason: reason)
        names = result.names
        return result.states + result.outputs
      }
      let outputs = Array(results[states.count...])
      if let first = parts.first {
        checkOutputs(outputs.map(\.shape.dropFirst), of: start, first.map(\.shape.dropFirst), of: 0)
      }
      parts.append(outputs)
      states = Array(results[..<states.count])
    }
    if call.options.isReversed { parts.reverse() }
    let outputs = parts[0].indices.map { column in concatenate(parts.map { $0[column] }, axis: 0) }
    return ScanResult(
      outputs: outputs, states: states, kept: [:], names: names,
      report: ScanReport(traced: nil, body: nil, outside: nil, reason: reason))
  }
}
