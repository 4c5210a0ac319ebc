public import Autodiff
public import DenseArrays

/// A table of trainable vectors, one for each of `count` symbols.
///
///     let embedding = Embedding(count: 65, size: 32, using: &random)
///     let vectors = embedding(symbols)  // int32 [time, batch] to [time, batch, 32]
///
/// `count * size` numbers, normal with standard deviation 1 unless said. Only the rows that are looked up get a gradient
/// that is not zero.
public struct Embedding: Module {
  /// The table: [count, size].
  public let weights: Parameter

  /// A table with new vectors of type float32.
  public init(
    count: Int, size: Int, initializer: Initializer = .normal(standardDeviation: 1), using random: inout RandomSource
  ) {
    weights = Parameter(initializer([count, size], using: &random), name: "weights")
  }

  /// A table on an existing parameter of shape [count, size], for instance the transposed use of output weights; another
  /// number of axes stops.
  public init(weights: Parameter) {
    guard weights.shape.rank == 2 else {
      stop("Embedding: weights of shape \(weights.shape); expected [count, size]")
    }
    self.weights = weights
  }

  /// The number of symbols.
  public var count: Int { weights.shape[0] }

  /// The size of a vector.
  public var size: Int { weights.shape[1] }

  /// The vectors of int32 symbols of any shape, with one more axis at the end; a symbol outside of 0 ..< count stops.
  public func callAsFunction(_ symbols: Variable) -> Variable {
    gather(symbols.tape.parameter(weights), at: symbols)
  }

  /// The vectors of int32 symbols on a tape.
  public func callAsFunction(_ symbols: DenseArray, on tape: Tape) -> Variable {
    self(tape.constant(symbols))
  }
}
