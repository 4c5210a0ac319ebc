public import Autodiff
public import DenseArrays

/// A cell whose candidate loses numbers at random in training: what is new is dropped, what is remembered is not.
///
///     c = f * c' + i * d(g)            in an LSTM
///     h = z * h' + (1 - z) * d(c)      in a GRU
///     d(g) = m * g / (1 - p),  m ~ Bernoulli(1 - p)
///
/// Source: Semeniuta, Severyn and Barth, "Recurrent dropout without memory loss", 2016. The mask is new at each step; the
/// paper also has one mask for a sequence.
///
/// What a cell needs: a value of its step with the name that is given, "candidate" unless said (`Variable.named`); a step
/// without one stops. In evaluation the cell itself. Draws depend on the tape's `randomSeed`: give it another value before
/// each recording. No parameters.
public struct RecurrentDropout<Cell: RecurrentCell>: CellWrapper {
  public var cell: Cell
  /// The probability of 0.
  public let rate: Double
  /// The name of what is dropped.
  public let name: String
  /// Whether a sequence has one mask for all steps.
  public let isPerSequence: Bool
  let site: Int

  /// A wrapper that draws at a place of its own; a rate outside of 0 ..< 1 stops.
  public init(
    _ cell: Cell, rate: Double, of name: String = "candidate", isPerSequence: Bool = false,
    using random: inout RandomSource
  ) {
    requireRate(rate, "RecurrentDropout")
    self.cell = cell
    self.rate = rate
    self.name = name
    self.isPerSequence = isPerSequence
    site = random.nextSite()
  }

  public func step(_ x: Variable, _ state: Cell.State, _ context: StepContext) -> (output: Variable, state: Cell.State)
  {
    guard context.isTraining, rate > 0 else { return cell.step(x, state, context) }
    var count = 0
    var overrides = Overrides()
    overrides.change(named: name) { value in
      // A cell may have several candidates, as one that is nested in another has.
      let place = site + count
      count += 1
      let distribution = RandomDistribution.bernoulli(1 - rate)
      let mask =
        isPerSequence
        ? context.sequenceRandom(distribution, shape: value.shape, site: place)
        : context.random(distribution, shape: value.shape, site: place)
      return value.kept(mask, rate: rate)
    }
    let result = context.tape.overriding(overrides) { cell.step(x, state, context) }
    guard count > 0 else { stop("RecurrentDropout: the step of \(Cell.self) names no value \"\(name)\"") }
    return result
  }
}
