public import Autodiff
public import DenseArrays

/// Applies an update rule, written for one element, to a parameter and the state that goes with it, in place.
///
///     let apply = ElementwiseUpdate()
///     apply(parameter, &velocity, gradients) { p, v, g in
///       let v = momentum * v + g
///       return (p - rate * v, v)
///     }
///
/// The rule is traced at each call and runs as one pass over memory in vector instructions; its compiled form is found
/// again by structure, so that from the second step on no memory is asked for. The gradient arrives clipped. State has the
/// parameter's shape and type; other state stops. An object serves one thread.
public final class ElementwiseUpdate {
  private let tracer = PointwiseTracer()
  private let execution: Execution

  /// Updates with the given instruction set and threads.
  public init(execution: Execution = .default) { self.execution = execution }

  /// Replaces parameter p by what the rule makes of it and the gradient g.
  public func callAsFunction(
    _ parameter: Parameter, _ gradients: CheckedGradients, _ rule: (PointwiseScalar, PointwiseScalar) -> PointwiseScalar
  ) {
    tracer.begin(inputCount: 2)
    tracer.addResult(rule(tracer.input(0), gradients.clipped(tracer.input(1), of: parameter)))
    run(parameter, nil, nil, nil, gradients)
  }

  /// Replaces parameter p and state s by what the rule makes of them and the gradient g, given in the order p, s, g.
  public func callAsFunction(
    _ parameter: Parameter, _ state: inout DenseArray, _ gradients: CheckedGradients,
    _ rule: (PointwiseScalar, PointwiseScalar, PointwiseScalar) -> (PointwiseScalar, PointwiseScalar)
  ) {
    tracer.begin(inputCount: 3)
    let (p, s) = rule(tracer.input(0), tracer.input(1), gradients.clipped(tracer.input(2), of: parameter))
    tracer.addResult(p)
    tracer.addResult(s)
    let pointer = own(&state, parameter)
    run(parameter, pointer, nil, nil, gradients)
  }

  /// Replaces parameter p and states s, t by what the rule makes of them and the gradient g, given in the order p, s, t, g.
  public func callAsFunction(
    _ parameter: Parameter, _ first: inout DenseArray, _ second: inout DenseArray, _ gradients: CheckedGradients,
    _ rule: (PointwiseScalar, PointwiseScalar, PointwiseScalar, PointwiseScalar) -> (
      PointwiseScalar, PointwiseScalar, PointwiseScalar
    )
  ) {
    tracer.begin(inputCount: 4)
    let g = gradients.clipped(tracer.input(3), of: parameter)
    let (p, s, t) = rule(tracer.input(0), tracer.input(1), tracer.input(2), g)
    tracer.addResult(p)
    tracer.addResult(s)
    tracer.addResult(t)
    let pointers = (own(&first, parameter), own(&second, parameter))
    run(parameter, pointers.0, pointers.1, nil, gradients)
  }

  /// Replaces parameter p and states s, t, u by what the rule makes of them and the gradient g, given in the order p, s, t,
  /// u, g.
  public func callAsFunction(
    _ parameter: Parameter, _ first: inout DenseArray, _ second: inout DenseArray, _ third: inout DenseArray,
    _ gradients: CheckedGradients,
    _ rule: (PointwiseScalar, PointwiseScalar, PointwiseScalar, PointwiseScalar, PointwiseScalar) -> (
      PointwiseScalar, PointwiseScalar, PointwiseScalar, PointwiseScalar
    )
  ) {
    tracer.begin(inputCount: 5)
    let g = gradients.clipped(tracer.input(4), of: parameter)
    let (p, s, t, u) = rule(tracer.input(0), tracer.input(1), tracer.input(2), tracer.input(3), g)
    tracer.addResult(p)
    tracer.addResult(s)
    tracer.addResult(t)
    tracer.addResult(u)
    let pointers = (own(&first, parameter), own(&second, parameter), own(&third, parameter))
    run(parameter, pointers.0, pointers.1, pointers.2, gradients)
  }

  /// The memory of a state array, shared with nobody, after a check that the array fits the parameter.
  ///
  /// It stays valid to the end of the call whose `inout` argument the array is.
  private func own(_ state: inout DenseArray, _ parameter: Parameter) -> UnsafeMutableRawPointer {
    guard state.shape == parameter.shape, state.scalarType == parameter.scalarType else {
      stop(
        "Optimizer: state \(state.scalarType) \(state.shape) for parameter \(parameter.scalarType) \(parameter.shape); "
          + "convert a module before its optimizer is made")
    }
    state.makeUnique()
    return state.pointer
  }

  private func run(
    _ parameter: Parameter, _ first: UnsafeMutableRawPointer?, _ second: UnsafeMutableRawPointer?,
    _ third: UnsafeMutableRawPointer?, _ gradients: CheckedGradients
  ) {
    // Before the parameter is opened for the update: a gradient that is missing takes its shape from there.
    let gradient = gradients.raw(parameter)
    parameter.update { value in
      value.makeUnique()
      withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: 5) { pointers in
        var count = 0
        func add(_ pointer: UnsafeMutableRawPointer?) {
          guard let pointer else { return }
          pointers.initializeElement(at: count, to: pointer)
          count += 1
        }
        add(value.pointer)
        add(first)
        add(second)
        add(third)
        add(gradient.pointer)
        tracer.finishInPlace(
          operands: UnsafeMutableBufferPointer(rebasing: pointers[0..<count]), count: value.count,
          scalarType: value.scalarType, execution: execution)
      }
    }
    withExtendedLifetime(gradient) {}
  }
}
