public import Autodiff
public import DenseArrays

/// A cell with dropout of its input and of what its recurrent products read, with one mask for all steps of a sequence.
///
///     x~ = mx * x / (1 - px),  W x~          mx ~ Bernoulli(1 - px), drawn once a sequence
///     h~ = mh * h' / (1 - ph),  U h~         mh ~ Bernoulli(1 - ph), drawn once a sequence
///
/// Only products see h~: a state that is carried on elementwise, as z * h' in a `GRU`, is carried on whole.
///
/// Source: Gal and Ghahramani, "A theoretically grounded application of dropout in recurrent neural networks", 2016. Tied,
/// all products that read states of one size share a mask; untied, each has its own, which the paper found slower and
/// little better. Keras has `dropout` and `recurrent_dropout`, untied in its first versions; DyNet masks memories too.
///
/// What a cell needs: recurrent products that go through `Gate`, `Linear` or `affine`, with weights that are found by name.
/// In evaluation the cell itself. Draws depend on the tape's `randomSeed`: give it another value before each recording. No
/// parameters.
public struct VariationalDropout<Cell: RecurrentCell>: CellWrapper {
  public var cell: Cell
  /// px.
  public let inputRate: Double
  /// ph.
  public let recurrentRate: Double
  /// Whether recurrent products that read states of one size share a mask.
  public let isTied: Bool
  private let weights: [Parameter]
  /// Which of the masks the product with each of the weights sees.
  private let masks: [Int]
  let site: Int

  /// A wrapper that draws at a place of its own.
  ///
  /// - Parameters:
  ///   - cell: the cell.
  ///   - inputRate: px; outside of 0 ..< 1 stops.
  ///   - recurrentRate: ph; outside of 0 ..< 1 stops, and so does one above 0 for a cell of which no weights are chosen.
  ///   - isTied: whether recurrent products share masks.
  ///   - recurrentWeights: which weights multiply a state, by the names of the cell's parameters; those of gates unless
  ///     said.
  ///   - random: where the place is taken from.
  public init(
    _ cell: Cell, inputRate: Double, recurrentRate: Double, isTied: Bool = true,
    recurrentWeights: ((String) -> Bool)? = nil, using random: inout RandomSource
  ) {
    requireRate(inputRate, "VariationalDropout")
    requireRate(recurrentRate, "VariationalDropout")
    self.cell = cell
    self.inputRate = inputRate
    self.recurrentRate = recurrentRate
    self.isTied = isTied
    let isChosen = recurrentWeights ?? CellWeights.isRecurrent
    let weights =
      recurrentRate > 0
      ? CellWeights.chosen(from: cell, for: "VariationalDropout", isChosen).map(\.weights) : []
    let sizes = weights.map { $0.shape[1] }
    masks = sizes.enumerated().map { index, size in isTied ? sizes.firstIndex(of: size) ?? index : index }
    self.weights = weights
    site = random.nextSite()
  }

  public func step(_ x: Variable, _ state: Cell.State, _ context: StepContext) -> (output: Variable, state: Cell.State)
  {
    guard context.isTraining else { return cell.step(x, state, context) }
    func dropped(_ value: Variable, _ rate: Double, site: Int) -> Variable {
      if rate == 0 { return value }
      return value.kept(context.sequenceRandom(.bernoulli(1 - rate), shape: value.shape, site: site), rate: rate)
    }
    var overrides = Overrides()
    for (weight, mask) in zip(weights, masks) {
      overrides.changeArgument(of: weight) { dropped($0, recurrentRate, site: site + 1 + mask) }
    }
    let input = dropped(x, inputRate, site: site)
    return context.tape.overriding(overrides) { cell.step(input, state, context) }
  }
}
