internal import DenseArrays

/// What a scan gives.
public struct ScanResult {
  /// What the step emitted, each [time, ...].
  public let outputs: [Variable]
  /// The states after the last step.
  public let states: [Variable]
  /// The named values that were asked for.
  public let kept: [String: KeptValue]
  /// The names that the step gives to values, in order: what `ScanOptions.keeps` may ask for. The second value of one name
  /// has a 2 behind it, and so on.
  public let names: [String]
  /// How the step was run.
  public internal(set) var report: ScanReport
}

/// A named value of all steps of a scan.
public struct KeptValue {
  /// The value, [time, ...].
  public let values: Variable
  /// Zeros that were added to the value, [time, ...]: their gradient is that of the value.
  public let probe: Variable
}

/// How a scan ran its step.
public struct ScanReport: CustomStringConvertible {
  /// The step as it was traced, before any optimisation; nil when it was unrolled.
  public let traced: Program?
  /// What the loop runs at each step.
  public let body: Program?
  /// What is done for all steps at once before the loop.
  public let outside: Program?
  /// Why the step was unrolled, or nil when it was traced or was not to be.
  public let reason: String?
  /// Whether the states of all steps were computed without a loop; see `ScanOptions.isParallel`.
  public var isParallel = false
  /// Why a scan that was to be parallel ran as a loop, or nil when it did not or was not to be.
  public var loopReason: String?

  public var description: String {
    if let traced, isParallel { return "traced, for all steps at once\n\n\(traced)" }
    guard let body, let outside else { return "unrolled: \(reason ?? "asked for")" }
    return "traced\n\nfor all steps at once:\n\(outside)\n\nat each step:\n\(body)"
  }
}

/// Runs a step over time: traced once, optimised, and run at the speed of the machine; or unrolled when it cannot be traced.
///
///     let result = scan([inputs], from: [h0]) { _, x, states in
///       let h = tanh(matmul(x[0], w) + matmul(states[0], u))
///       return ([h], [h])
///     }
///
/// The step is recorded without values twice. When both recordings are the same, the recording becomes the body: what does
/// not depend on the state is done for all steps at once, products of one left operand are merged, elementwise operations
/// are fused, and weight gradients leave the loop. A step that reads a value or its index, or records something else the
/// second time (because it counts in a Swift variable or draws from a Swift generator), is unrolled; `report` says so and
/// why. Both give the same numbers up to rounding. The first time that a tape meets the step it is run once more, on the
/// values of the first step.
///
/// A variable of the surrounding tape that the step uses is an input with a gradient; what the step makes of such
/// variables alone is done once, before the loop. Variables made in a step are no longer valid after it: one that is used
/// later, and a state that changes its shape, stop.
///
/// - Parameters:
///   - sequences: variables [time, ...] of one tape, at least one, of at least one step.
///   - states: the states before the first step.
///   - options: direction, lengths or mask, truncation, checkpointing and what is kept.
///   - name: the scope of the steps.
///   - step: the step, a row of each sequence, and the states; gives outputs and the next states, of the same shapes as
///     the states.
public func scan(
  _ sequences: [Variable], from states: [Variable], options: ScanOptions = ScanOptions(), name: String = "scan",
  file: StaticString = #fileID, line: UInt = #line,
  step: (_ step: ScanStep, _ inputs: [Variable], _ states: [Variable]) -> (outputs: [Variable], states: [Variable])
) -> ScanResult {
  let tape = recordingTape(sequences + states, "scan")
  guard let time = sequences.first?.shape.first, time > 0, sequences.allSatisfy({ $0.shape.first == time }) else {
    stop(
      "scan: sequences of shapes \(sequences.map(\.shape)); expected at least one, of the same number of steps above 0"
        + tape.scopeSuffix)
  }
  return withoutActuallyEscaping(step) { step in
    var call = ScanCall(
      sequences: sequences.map { tape.adopt($0, name) }, states: states.map { tape.adopt($0, name) }, options: options,
      name: name,
      site: "\(file):\(line) \(name)", step: step,
      draws: SequenceDraws(of: tape))
    tape.withScope(name) {
      call.checkOptions(on: tape)
      call.keepMembers(on: tape)
      call.detachStates(on: tape)
    }
    return tape.run(call)
  }
}
