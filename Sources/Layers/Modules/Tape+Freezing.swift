public import Autodiff
internal import DenseArrays

extension Tape {
  /// Makes parameters constants of this recording: they get no gradient, and an optimizer need not know them.
  ///
  ///     let frozen = model.embedding.parameters
  ///     tape.reset()
  ///     tape.freeze(frozen)
  ///
  /// To be called at the beginning of each recording; a parameter that was used before stops. Nothing is computed for the
  /// gradients of what depends on frozen parameters and constants alone.
  public func freeze(_ parameters: NamedParameters) {
    withoutGradients {
      for (name, parameter) in parameters where self.parameter(parameter).isDifferentiable {
        stop("Tape.freeze: parameter \(name) was used before it was frozen; freeze it first, after each reset")
      }
    }
  }
}
