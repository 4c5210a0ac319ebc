public import Autodiff
internal import DenseArrays

/// A cell whose state comes from some steps ago in place of the step before.
///
///     (y(t), state(t)) = cell(x(t), state(t - dilation))
///
/// The first `dilation` steps start from the cell's zero state. Gradients take `dilation` times fewer steps through
/// time. Layers with dilations 1, 2, 4, ... in a `StackedCell` are the network of Chang et al., "Dilated recurrent neural
/// networks", 2017. The state holds `dilation` states of the cell, of which each step copies all.
public struct DilatedCell<Cell: RecurrentCell>: RecurrentCell {
  /// The cell's last states, the oldest first.
  public typealias State = [Cell.State]

  /// The cell.
  public let cell: Cell
  /// The number of steps between a state and the one made of it.
  public let dilation: Int

  /// A cell with states from `dilation` steps ago, at least 1; fewer stop.
  public init(_ cell: Cell, dilation: Int) {
    guard dilation > 0 else { stop("DilatedCell: a dilation of \(dilation) steps; expected at least 1") }
    self.cell = cell
    self.dilation = dilation
  }

  public func parameterName(ofProperty property: String) -> String { property == "cell" ? "" : property }

  public func zeroState(batch: Int, on tape: Tape) -> State {
    [Cell.State](repeating: cell.zeroState(batch: batch, on: tape), count: dilation)
  }

  public func prepared(on tape: Tape) -> DilatedCell { DilatedCell(cell.prepared(on: tape), dilation: dilation) }

  public func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    let (output, next) = cell.step(x, state[0], context)
    return (output, state.dropFirst() + [next])
  }
}
