public import DenseArrays

/// A function at a point, linearised: products with its Jacobian without running the function again.
///
///     let linearization = tape.linearize([outputs], withRespectTo: parameters)
///     let Jv = linearization.jacobianProduct(v)
///     let Jtu = linearization.transposedJacobianProduct(u)
///
/// Valid as long as the recording is: until the tape is consumed or reset.
public struct Linearization {
  let tape: Tape
  let outputs: [Variable]
  let variables: [Variable]

  /// Jv: one forward sweep over the recording.
  public func jacobianProduct(_ tangents: [DenseArray]) -> [DenseArray] {
    tape.tangents(of: outputs, along: variables, tangents: tangents)
  }

  /// J'u: one plain reverse sweep over the recording.
  public func transposedJacobianProduct(_ cotangents: [DenseArray]) -> [DenseArray] {
    tape.gradients(of: outputs, seeds: cotangents, withRespectTo: variables)
  }
}

/// The Hessian of a scalar at a point, as a linear operator.
///
/// The gradient is recorded once; each product is then one forward sweep over the recording (forward over reverse).
public struct HessianOperator {
  let linearization: Linearization

  /// The gradient at the point.
  public var gradient: [DenseArray] { linearization.outputs.map(\.copiedValue) }

  /// Hv, for arrays of the variables' shapes.
  public func product(_ vectors: [DenseArray]) -> [DenseArray] { linearization.jacobianProduct(vectors) }
}

/// The Gauss-Newton matrix J' H_L J at a point, as a linear operator.
///
/// J is the Jacobian of a net's outputs and H_L the Hessian of the loss in those outputs (Schraudolph 2002). A product is a
/// forward sweep, a product with H_L, and a reverse sweep; the net is not run again.
public struct GaussNewtonOperator {
  let tape: Tape
  let outputs: [Variable]
  let variables: [Variable]
  let lossGradients: [Variable]

  /// Gv, for arrays of the variables' shapes.
  public func product(_ vectors: [DenseArray]) -> [DenseArray] {
    let outputTangents = tape.tangents(of: outputs, along: variables, tangents: vectors)
    let cotangents = tape.tangents(of: lossGradients, along: outputs, tangents: outputTangents)
    return tape.gradients(of: outputs, seeds: cotangents, withRespectTo: variables)
  }
}

extension Tape {
  /// Linearises outputs in some variables at the recorded point.
  public func linearize(_ outputs: [Variable], withRespectTo variables: [Variable]) -> Linearization {
    Linearization(tape: self, outputs: outputs, variables: variables)
  }

  /// The Hessian of a scalar in some variables; records the gradient sweep once.
  public func hessian(of loss: Variable, withRespectTo variables: [Variable]) -> HessianOperator {
    let gradients = recordedGradients(of: loss, withRespectTo: variables)
    return HessianOperator(linearization: linearize(gradients, withRespectTo: variables))
  }

  /// The Gauss-Newton matrix of a loss computed from a net's outputs.
  ///
  /// - Parameters:
  ///   - loss: a scalar that was computed from `outputs`.
  ///   - outputs: what the net emits, before the loss: logits, or predictions.
  ///   - variables: the net's parameters, as variables.
  public func gaussNewton(
    of loss: Variable, through outputs: [Variable], withRespectTo variables: [Variable]
  ) -> GaussNewtonOperator {
    let gradients = recordedGradients(of: loss, withRespectTo: outputs)
    return GaussNewtonOperator(tape: self, outputs: outputs, variables: variables, lossGradients: gradients)
  }
}
