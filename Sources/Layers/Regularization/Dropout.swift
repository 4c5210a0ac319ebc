public import Autodiff
public import DenseArrays

/// Dropout of single numbers: in training each is 0 with a probability, and the others are scaled up so that means stay.
///
///     let between = Dropout(rate: 0.3, using: &random)
///     let (first, _) = lower(inputs)
///     let (second, _) = upper(between(first, isTraining: true))
///
/// Between recurrent layers this is a new mask at each step (Zaremba, Sutskever and Vinyals, "Recurrent neural network
/// regularization", 2014); `InputDropout` does the same inside a stack of cells. In evaluation nothing is changed.
///
/// What is drawn depends on the tape's `randomSeed`, on the layer, and on the position in the array: a training loop gives
/// the tape another seed for each recording. No parameters.
public struct Dropout: Module {
  /// The probability of 0.
  public let rate: Double
  let site: Int

  /// A layer that draws at a place of its own; a rate outside of 0 ..< 1 stops.
  public init(rate: Double, using random: inout RandomSource) {
    requireRate(rate, "Dropout")
    self.rate = rate
    site = random.nextSite()
  }

  /// x with some numbers dropped in training; x itself in evaluation and for a rate of 0.
  public func callAsFunction(_ x: Variable, isTraining: Bool) -> Variable {
    guard isTraining, rate > 0 else { return x }
    return x.kept(x.tape.random(.bernoulli(1 - rate), shape: x.shape, site: site), rate: rate)
  }
}
