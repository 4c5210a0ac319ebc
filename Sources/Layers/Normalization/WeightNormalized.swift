public import Autodiff
internal import DenseArrays

/// A cell whose weights are directions with lengths of their own.
///
///     W = g * V / |V|        for each row of a matrix of weights
///
/// V are the cell's own parameters, and g starts at their lengths, so that the wrapper computes what the cell did before.
///
/// Source: Salimans and Kingma, "Weight normalization", 2016. Parameters: one more for each row of each matrix, named by
/// the weights: `gains.forget.inputWeights`.
///
/// Works round any cell whose weights are matrices: `tape.parameter` gives W in its step and in `prepared(on:)`. W is
/// computed once a sequence.
public struct WeightNormalized<Cell: RecurrentCell>: CellWrapper {
  public var cell: Cell
  private let gains: Named<Parameter>
  private let directions: [Parameter]
  /// W of each matrix for the sequence that the cell was prepared for.
  private var normalized: [Variable]?

  /// A cell with new lengths of its weights' type.
  ///
  /// - Parameters:
  ///   - cell: the cell; a row of weights that is zero, which has no direction, stops.
  ///   - isChosen: which matrices are normalised, by the names of the cell's parameters; all unless said, and none stops.
  public init(_ cell: Cell, weights isChosen: (String) -> Bool = { _ in true }) {
    self.cell = cell
    let chosen = CellWeights.chosen(from: cell, for: "WeightNormalized", isChosen)
    directions = chosen.map(\.weights)
    gains = Named(
      chosen.map { name, weights in
        let values = weights.value.elements
        let columns = weights.shape[1]
        let lengths = (0..<weights.shape[0]).map { row -> Double in
          let length = values[row * columns..<(row + 1) * columns].reduce(0) { $0 + $1 * $1 }.squareRoot()
          guard length > 0 else { stop("WeightNormalized: row \(row) of \"\(name)\" is zero and has no direction") }
          return length
        }
        let gain = DenseArray(lengths, shape: [lengths.count, 1]).converted(to: weights.scalarType)
        return (name, Parameter(gain, name: "gain"))
      })
  }

  public func prepared(on tape: Tape) -> WeightNormalized<Cell> {
    var wrapper = self
    let weights = weights(on: tape)
    wrapper.normalized = weights
    wrapper.cell = tape.overriding(overrides(weights)) { cell.prepared(on: tape) }
    return wrapper
  }

  public func step(_ x: Variable, _ state: Cell.State, _ context: StepContext) -> (output: Variable, state: Cell.State)
  {
    guard let normalized else { return prepared(on: context.tape).step(x, state, context) }
    return context.tape.overriding(overrides(normalized)) { cell.step(x, state, context) }
  }

  private func overrides(_ weights: [Variable]) -> Overrides {
    var overrides = Overrides()
    for (direction, weight) in zip(directions, weights) { overrides.replace(direction, with: weight) }
    return overrides
  }

  /// g V / |V|.
  private func weights(on tape: Tape) -> [Variable] {
    zip(directions, gains.values).map { direction, gain in
      let v = tape.parameter(direction)
      return tape.parameter(gain) * v / sqrt(square(v).sum(axes: [1], keepingAxes: true))
    }
  }
}
