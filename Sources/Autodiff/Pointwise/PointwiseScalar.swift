/// A number inside a pointwise closure: it stands for each element in turn.
///
/// Scalars have the natural operators and functions, with each other and with `Double`. A `Double` that the closure
/// captures becomes a run-time scalar of the program; a number written in the closure (`1 - f`) becomes a part of it.
public struct PointwiseScalar {
  let tracer: PointwiseTracer
  let index: Int32
  let generation: UInt32
}

/// The result of a comparison inside a pointwise closure: true or false for each element, for ``select(_:_:_:)``.
public struct PointwiseMask {
  let scalar: PointwiseScalar
}

/// A number written out in a pointwise closure, which is a part of the program.
///
/// The type exists so that `1 - f` and `k - f` can be told apart; it is never named.
public struct PointwiseLiteral: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  let value: Double

  public init(floatLiteral value: Double) { self.value = value }
  public init(integerLiteral value: Int) { self.value = Double(value) }
}

extension PointwiseScalar {
  /// A scalar of the same trace for a run-time value.
  func constant(_ value: Double) -> PointwiseScalar {
    _ = tracer.check(self)
    return PointwiseScalar(tracer: tracer, index: tracer.state.pointee.record(constant: value), generation: generation)
  }

  /// A scalar of the same trace for a number that is a part of the program.
  func literal(_ value: Double) -> PointwiseScalar {
    _ = tracer.check(self)
    return PointwiseScalar(tracer: tracer, index: tracer.state.pointee.record(literal: value), generation: generation)
  }

  func apply(_ operation: PointwiseOperation) -> PointwiseScalar {
    let index = tracer.state.pointee.record(operation, tracer.check(self))
    return PointwiseScalar(tracer: tracer, index: index, generation: generation)
  }

  func apply(_ operation: PointwiseOperation, _ other: PointwiseScalar) -> PointwiseScalar {
    let index = tracer.state.pointee.record(operation, tracer.check(self), tracer.check(other))
    return PointwiseScalar(tracer: tracer, index: index, generation: generation)
  }

  func compare(_ operation: PointwiseOperation, _ other: PointwiseScalar) -> PointwiseMask {
    PointwiseMask(scalar: apply(operation, other))
  }
}
