internal import DenseArrays

/// One elementwise program from an ordinary closure: every operation inside runs in one pass over memory.
///
///     let h = pointwise(f, h, c) { f, h, c in (1 - f) * h + f * tanh(c) }
///
/// The closure is traced at each call and its compiled program found by structure; captured numbers are passed at run
/// time. Operands broadcast. Cost of a call: the tracing of its operations, some 10 ns each, and the pass.
public func pointwise(_ a: Variable, _ body: (PointwiseScalar) -> PointwiseScalar) -> Variable {
  trace([a]) { [body($0.input(0))] }[0]
}

/// One elementwise program of two operands from an ordinary closure.
public func pointwise(
  _ a: Variable, _ b: Variable, _ body: (PointwiseScalar, PointwiseScalar) -> PointwiseScalar
) -> Variable {
  trace([a, b]) { [body($0.input(0), $0.input(1))] }[0]
}

/// One elementwise program of three operands from an ordinary closure.
public func pointwise(
  _ a: Variable, _ b: Variable, _ c: Variable,
  _ body: (PointwiseScalar, PointwiseScalar, PointwiseScalar) -> PointwiseScalar
) -> Variable {
  trace([a, b, c]) { [body($0.input(0), $0.input(1), $0.input(2))] }[0]
}

/// One elementwise program of four operands from an ordinary closure.
public func pointwise(
  _ a: Variable, _ b: Variable, _ c: Variable, _ d: Variable,
  _ body: (PointwiseScalar, PointwiseScalar, PointwiseScalar, PointwiseScalar) -> PointwiseScalar
) -> Variable {
  trace([a, b, c, d]) { [body($0.input(0), $0.input(1), $0.input(2), $0.input(3))] }[0]
}

/// One elementwise program of any number of operands and results from an ordinary closure; at most 32 of each.
public func pointwise(_ operands: [Variable], _ body: ([PointwiseScalar]) -> [PointwiseScalar]) -> [Variable] {
  trace(operands) { tracer in body(operands.indices.map { tracer.input($0) }) }
}

private func trace(_ operands: [Variable], _ body: (PointwiseTracer) -> [PointwiseScalar]) -> [Variable] {
  let tape = recordingTape(operands, "pointwise")
  let slots = operands.map { tape.check($0, "pointwise") }
  tape.tracer.begin(inputCount: operands.count)
  let results = body(tape.tracer)
  let (program, constants) = tape.tracer.finish(outputs: results)
  let isDifferentiable = slots.contains { tape.core.pointee.slots[$0].flags.contains(.differentiable) }
  let entry = tape.core.pointwiseEntry(program, isDifferentiable: isDifferentiable)
  let builder = OperationBuilder(tape.core, pointwiseEntry: entry)
  for slot in slots { builder.operand(slot) }
  for constant in constants { builder.scalar(constant) }
  let first = builder.finishPointwise()
  return results.indices.map { Variable(tape: tape, slot: first + Int32($0)) }
}

/// `a` where the mask is not 0, else `b`; only the chosen one has a derivative.
public func select(_ mask: Variable, _ a: Variable, _ b: Variable) -> Variable {
  pointwise(mask, a, b) { mask, a, b in select(mask .== 0, b, a) }
}
