internal import DenseArrays

/// Records the operations of a closure on ``PointwiseScalar``s and finds the program that they make.
///
/// A tracer is reused: what it has traced once it finds again by structure, without new memory, in well under a
/// microsecond for a small closure. A tracer serves one thread.
public final class PointwiseTracer {
  let state: UnsafeMutablePointer<TraceState>

  /// A tracer that has seen nothing yet.
  public init() {
    state = .allocate(capacity: 1)
    state.initialize(to: TraceState())
  }

  deinit {
    state.pointee.deallocate()
    state.deallocate()
  }

  /// The number of different traces so far.
  public var programCount: Int { state.pointee.programCount }

  /// Starts a trace with `inputCount` operands; scalars of earlier traces are no longer valid.
  public func begin(inputCount: Int) {
    if inputCount < 0 || inputCount > PointwiseProgram.operandLimit {
      stop("pointwise: between 0 and \(PointwiseProgram.operandLimit) operands, not \(inputCount)")
    }
    state.pointee.begin(inputCount: inputCount)
  }

  /// The operand with this index.
  public func input(_ index: Int) -> PointwiseScalar {
    if !state.pointee.isTracing || index < 0 || index >= state.pointee.inputCount {
      stop("pointwise: operand \(index) of a trace with \(state.pointee.isTracing ? state.pointee.inputCount : 0)")
    }
    return PointwiseScalar(
      tracer: self, index: Int32(truncatingIfNeeded: index), generation: state.pointee.generation)
  }

  /// Adds a result; `finish()` gives the program with the results in the order they were added.
  public func addResult(_ scalar: PointwiseScalar) {
    state.pointee.addResult(check(scalar))
  }

  /// Ends the trace: the program with the results that were added, and the values of its run-time scalars.
  ///
  /// The constants are valid until the next trace begins.
  public func finish() -> (program: PointwiseProgram, constants: UnsafeBufferPointer<Double>) {
    if !state.pointee.isTracing { stop("pointwise: finish without begin") }
    state.pointee.isTracing = false
    if let known = state.pointee.find() { return (known.takeUnretainedValue(), state.pointee.constants.buffer) }
    let program = state.pointee.makeProgram()
    state.pointee.insert(program)
    return (program, state.pointee.constants.buffer)
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

  /// The value's number, after a check that it belongs to this trace.
  @inline(__always)
  func check(_ scalar: PointwiseScalar) -> Int32 {
    if scalar.tracer !== self || scalar.generation != state.pointee.generation || !state.pointee.isTracing {
      stopForeign()
    }
    return scalar.index
  }

  @inline(never)
  private func stopForeign() -> Never {
    stop("pointwise: a scalar of another or an earlier trace; use the closure's own parameters and captured Doubles")
  }
}
