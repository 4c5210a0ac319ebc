public import DenseArrays

extension Elman {
  /// The IRNN: h = relu(W x + U h' + b), starting from U = I and small W, so that at first the state is kept.
  ///
  /// Source: Le, Jaitly and Hinton, "A simple way to initialize recurrent networks of rectified linear units", 2015. It
  /// is trained with clipped gradients. With `recurrentScale` below 1 it forgets; the paper takes 0.01 for speech.
  ///
  /// Parameters: n d + n^2 + n for inputs of size d and n hidden units.
  ///
  /// Initialisation: W normal with standard deviation 0.001, U `recurrentScale` times the identity, b zero.
  public static func identity(
    inputSize: Int, hiddenSize: Int, recurrentScale: Double = 1, using random: inout RandomSource
  ) -> Elman {
    Elman(
      inputSize: inputSize, hiddenSize: hiddenSize, activation: .relu,
      inputInitializer: .normal(standardDeviation: 0.001),
      recurrentInitializer: .identity(scale: recurrentScale), using: &random)
  }
}
