public import Autodiff
public import DenseArrays

/// A cell whose recurrent weights lose numbers at random in training, the same ones for all steps of a sequence.
///
///     U~ = M * U / (1 - p),  M ~ Bernoulli(1 - p), drawn once a sequence for all sequences of the batch
///
/// Source: Wan, Zeiler, Zhang, LeCun and Fergus, "Regularization of neural networks using DropConnect", 2013; on recurrent
/// weights as in Merity, Keskar and Socher, "Regularizing and optimizing LSTM language models" (AWD-LSTM), 2018.
///
/// Works round any cell whose weights are matrices: `tape.parameter` gives the masked ones in its step, and in `prepared(on:)`,
/// which is called at each step in training (a scan moves what it computes in front of the loop). In evaluation the cell
/// itself. Draws depend on the tape's `randomSeed`: give it another value before each recording. No parameters.
public struct DropConnect<Cell: RecurrentCell>: CellWrapper {
  public var cell: Cell
  /// The probability of 0.
  public let rate: Double
  /// The cell without weights computed from parameters that are not masked.
  private let unprepared: Cell
  private let weights: [Parameter]
  let site: Int

  /// A wrapper that draws at a place of its own.
  ///
  /// - Parameters:
  ///   - cell: the cell.
  ///   - rate: p; outside of 0 ..< 1 stops.
  ///   - weights: which matrices lose numbers, by the names of the cell's parameters: `recurrentWeights` unless said; none
  ///     stops.
  ///   - random: where the place is taken from.
  public init(
    _ cell: Cell, rate: Double, weights isChosen: ((String) -> Bool)? = nil, using random: inout RandomSource
  ) {
    requireRate(rate, "DropConnect")
    self.cell = cell
    self.rate = rate
    unprepared = cell
    weights = CellWeights.chosen(from: cell, for: "DropConnect", isChosen ?? CellWeights.isRecurrent).map(\.weights)
    site = random.nextSite()
  }

  public func step(_ x: Variable, _ state: Cell.State, _ context: StepContext) -> (output: Variable, state: Cell.State)
  {
    guard context.isTraining, rate > 0 else { return cell.step(x, state, context) }
    let tape = context.tape
    var overrides = Overrides()
    for (index, weight) in weights.enumerated() {
      let mask = context.sequenceRandom(.bernoulli(1 - rate), shape: weight.shape, site: site + index)
      overrides.replace(weight, with: tape.parameter(weight).kept(mask, rate: rate))
    }
    return tape.overriding(overrides) { unprepared.prepared(on: tape).step(x, state, context) }
  }
}
