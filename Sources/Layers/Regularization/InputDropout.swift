public import Autodiff
public import DenseArrays

/// A cell whose input loses numbers at random in training, others at each step: dropout between the layers of a stack.
///
///     x~ = m * x / (1 - p),  m ~ Bernoulli(1 - p) anew at each step
///
/// Source: Zaremba, Sutskever and Vinyals, "Recurrent neural network regularization", 2014: the connections between layers
/// are dropped, those in time are not. `VariationalDropout` keeps one mask for a sequence. In evaluation the cell itself.
///
/// Draws depend on the tape's `randomSeed`: give it another value before each recording. No parameters.
public struct InputDropout<Cell: RecurrentCell>: CellWrapper {
  public var cell: Cell
  /// The probability of 0.
  public let rate: Double
  let site: Int

  /// A wrapper that draws at a place of its own; a rate outside of 0 ..< 1 stops.
  public init(_ cell: Cell, rate: Double, using random: inout RandomSource) {
    requireRate(rate, "InputDropout")
    self.cell = cell
    self.rate = rate
    site = random.nextSite()
  }

  public func step(_ x: Variable, _ state: Cell.State, _ context: StepContext) -> (output: Variable, state: Cell.State)
  {
    guard context.isTraining, rate > 0 else { return cell.step(x, state, context) }
    let mask = context.random(.bernoulli(1 - rate), shape: x.shape, site: site)
    return cell.step(x.kept(mask, rate: rate), state, context)
  }
}
