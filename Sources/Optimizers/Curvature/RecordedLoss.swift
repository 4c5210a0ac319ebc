public import Autodiff
public import DenseArrays
public import Layers

/// A net and its loss on an open tape, with all that curvature is estimated from.
///
///     tape.reset()
///     let outputs = model(tape.constant(inputs))
///     let recorded = RecordedLoss(outputs, .softmaxCrossEntropy(labels: labels), of: model.parameters)
///     optimizer.observe(recorded, using: &random)                // curvature: sweeps that leave the tape open
///     try optimizer.update(with: tape.gradients(of: recorded.loss))
///
/// Valid as long as the recording is.
public struct RecordedLoss {
  /// The tape.
  public let tape: Tape
  /// What the net emits: predictions or logits.
  public let outputs: Variable
  /// The loss of the outputs.
  public let outputLoss: OutputLoss
  /// The loss, recorded.
  public let loss: Variable
  /// The axis of the outputs along which examples are independent.
  public let batchAxis: Int
  /// The states of a recurrent net over time, for structural damping.
  public let hiddenStates: Variable?
  /// The affine maps of a feed-forward net, first to last, for `DiagonalBackpropagation`.
  public let affineMaps: [RecordedAffineMap]
  /// The parameters.
  public let parameters: NamedParameters
  /// The parameters on the tape.
  public let variables: [Variable]

  /// Records the loss of outputs.
  ///
  /// - Parameters:
  ///   - outputs: [batch, ...] or [time, batch, ...].
  ///   - outputLoss: the loss.
  ///   - parameters: what derivatives are taken in.
  ///   - batchAxis: the axis of the examples; the last but one unless said.
  ///   - hiddenStates: the states of all steps, [time, batch, ...], for `HessianFree`'s structural damping.
  ///   - affineMaps: the affine maps of a feed-forward net, first to last, for `DiagonalBackpropagation`.
  public init(
    _ outputs: Variable, _ outputLoss: OutputLoss, of parameters: NamedParameters, batchAxis: Int? = nil,
    hiddenStates: Variable? = nil, affineMaps: [RecordedAffineMap] = []
  ) {
    tape = outputs.tape
    self.outputs = outputs
    self.outputLoss = outputLoss
    loss = outputLoss(outputs)
    self.batchAxis = batchAxis ?? max(outputs.shape.rank - 2, 0)
    self.hiddenStates = hiddenStates
    self.affineMaps = affineMaps
    self.parameters = parameters
    let tape = outputs.tape
    variables = parameters.map { tape.parameter($0.parameter) }
  }

  /// The gradient by a sweep that leaves the tape open.
  public var gradient: [DenseArray] { tape.gradients(of: [loss], withRespectTo: variables) }

  /// J' u for cotangents of the outputs, by a sweep that leaves the tape open.
  public func transposedJacobianProduct(_ cotangents: DenseArray) -> [DenseArray] {
    tape.gradients(of: [outputs], seeds: [cotangents], withRespectTo: variables)
  }

  /// The Hessian of the loss; records the gradient.
  public func hessian() -> HessianOperator { tape.hessian(of: loss, withRespectTo: variables) }

  /// The Gauss-Newton matrix.
  public func gaussNewton() -> GaussNewtonMatrix { GaussNewtonMatrix(self) }

  /// Stops unless the loss is of exactly these parameters.
  func check(isOf parameters: NamedParameters, _ operation: String) {
    guard self.parameters.elementsEqual(parameters, by: { $0.parameter === $1.parameter }) else {
      stop("\(operation): the recorded loss is of other parameters than the optimizer's")
    }
  }
}

/// The Gauss-Newton matrix J' H_L J of a recorded loss, and what structural damping adds to it.
///
/// A product is one forward sweep, a product with H_L, and one reverse sweep; the net is not run again.
public struct GaussNewtonMatrix {
  private let recorded: RecordedLoss
  private let outputs: DenseArray

  init(_ recorded: RecordedLoss) {
    self.recorded = recorded
    outputs = recorded.outputs.value
  }

  /// (G + structuralDamping * K) v for arrays of the parameters' shapes.
  ///
  /// K = J_h' J_h / batch, with the Jacobian J_h of the hidden states of all steps: the Gauss-Newton matrix of half the
  /// mean squared change of the states. Source: Martens and Sutskever, "Learning recurrent neural networks with Hessian-free
  /// optimization", 2011, section 3.2. A recorded loss without hidden states stops when the damping is not 0.
  public func product(_ vectors: [DenseArray], structuralDamping: Double = 0) -> [DenseArray] {
    guard structuralDamping != 0 else {
      let tangents = recorded.tape.tangents(of: [recorded.outputs], along: recorded.variables, tangents: vectors)
      return recorded.transposedJacobianProduct(recorded.outputLoss.hessianProduct(at: outputs, tangents[0]))
    }
    guard let states = recorded.hiddenStates else {
      stop("HessianFree: structural damping needs hidden states in the recorded loss")
    }
    guard states.shape.rank > 2 else {
      stop("HessianFree: hidden states of shape \(states.shape); expected [time, batch, ...] for structural damping")
    }
    let tangents = recorded.tape.tangents(
      of: [recorded.outputs, states], along: recorded.variables, tangents: vectors)
    let change = tangents[1].scaled(by: structuralDamping / Double(max(states.shape[1], 1)))
    return recorded.tape.gradients(
      of: [recorded.outputs, states],
      seeds: [
        recorded.outputLoss.hessianProduct(at: outputs, tangents[0]), change,
      ], withRespectTo: recorded.variables)
  }
}
