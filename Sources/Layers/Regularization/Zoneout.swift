public import Autodiff
public import DenseArrays

/// A cell whose units keep their old state at random in training, and a mean of old and new in evaluation.
///
///     s = m * s' + (1 - m) * s~,  m ~ Bernoulli(p) anew at each step     in training
///     s = p * s' + (1 - p) * s~                                          in evaluation
///
/// for each array of the state, with s~ what the cell makes of it. In an LSTM the new output is o * tanh(c~), of the memory
/// before zoneout. An output that is one of the state's arrays, as in most cells, is that array after zoneout.
///
/// Source: Krueger et al., "Zoneout: regularizing RNNs by randomly preserving hidden activations", 2017, equations 5 to 9;
/// they had 0.5 for memories and 0.05 for outputs. The library haste zones the output out and never the memory; RETURNN
/// once gave out the output before zoneout.
///
/// Works round any cell. Draws depend on the tape's `randomSeed`: give it another value before each recording. No
/// parameters.
public struct Zoneout<Cell: RecurrentCell>: CellWrapper {
  public var cell: Cell
  /// p, for each array of the state, in the order of its `map`.
  public let rates: [Double]
  let site: Int

  /// A wrapper that draws at a place of its own, with one rate for all arrays of the state but counters of steps.
  public init(_ cell: Cell, rate: Double, using random: inout RandomSource) {
    let zero = cell.zeroState(batch: 1, on: Tape(execution: Execution(threads: 1)))
    var trainable: [Variable] = []
    _ = zero.mapTrainable { array in
      trainable.append(array)
      return array
    }
    let rates = zero.variables.map { array in trainable.contains { $0.isSame(as: array) } ? rate : 0 }
    self.init(cell, rates: rates, using: &random)
  }

  /// A wrapper that draws at a place of its own.
  ///
  /// - Parameters:
  ///   - cell: the cell.
  ///   - rates: p for each array of the state, for an `LSTM` output and memory; a rate outside of 0 ..< 1 and another number
  ///     of rates stop.
  ///   - random: where the place is taken from.
  public init(_ cell: Cell, rates: [Double], using random: inout RandomSource) {
    for rate in rates { requireRate(rate, "Zoneout") }
    let shapes = cell.stateShapes
    guard rates.count == shapes.count else {
      stop("Zoneout: \(rates.count) rates for the \(shapes.count) arrays of a state of \(Cell.self)")
    }
    self.cell = cell
    self.rates = rates
    site = random.nextSite()
  }

  public func step(_ x: Variable, _ state: Cell.State, _ context: StepContext) -> (output: Variable, state: Cell.State)
  {
    let result = cell.step(x, state, context)
    let arrays = zip(state.variables, result.state.variables).enumerated().map { index, pair -> Variable in
      let (old, new) = pair
      let rate = rates[index]
      if rate == 0 { return new }
      guard context.isTraining else { return rate * old + (1 - rate) * new }
      return select(context.random(.bernoulli(rate), shape: new.shape, site: site + index), old, new)
    }
    return replacingState(of: result, with: arrays)
  }
}
