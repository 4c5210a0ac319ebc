public import Autodiff
public import DenseArrays

extension Parameter {
  /// A new parameter of type float32.
  ///
  ///     let damping = Parameter(.constant(-3), [hiddenSize], using: &random)
  public convenience init(
    _ initializer: Initializer, _ shape: Shape, name: String = "", using random: inout RandomSource
  ) {
    self.init(initializer(shape, using: &random), name: name)
  }
}
