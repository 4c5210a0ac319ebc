public import Autodiff
internal import DenseArrays

/// A recurrent cell of any type, so that cells of several types can stand in one array.
///
///     let cells = [AnyRecurrentCell(gru), AnyRecurrentCell(lstm)]
///     let layer = Recurrent(StackedCell(cells))
///
/// Parameters keep the names that the cell gives them.
public struct AnyRecurrentCell: RecurrentCell {
  /// The state of a cell of any type.
  public struct State: RecurrentState {
    let wrapped: any RecurrentState

    public func map(_ transform: (Variable) -> Variable) -> State { State(wrapped: wrapped.map(transform)) }

    public func mapTrainable(_ transform: (Variable) -> Variable) -> State {
      State(wrapped: wrapped.mapTrainable(transform))
    }
  }

  /// The cell.
  public let cell: any RecurrentCell

  /// A cell whose type is forgotten.
  public init(_ cell: any RecurrentCell) {
    self.cell = (cell as? AnyRecurrentCell)?.cell ?? cell
  }

  public func parameterName(ofProperty property: String) -> String { "" }

  public func zeroState(batch: Int, on tape: Tape) -> State {
    State(wrapped: cell.zeroState(batch: batch, on: tape))
  }

  public func prepared(on tape: Tape) -> AnyRecurrentCell { AnyRecurrentCell(cell.prepared(on: tape)) }

  public func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    func step<Cell: RecurrentCell>(_ cell: Cell) -> (output: Variable, state: State) {
      guard let before = state.wrapped as? Cell.State else {
        stop(
          "AnyRecurrentCell: a state \(type(of: state.wrapped)) for a \(Cell.self), whose state is \(Cell.State.self)")
      }
      let (output, next) = cell.step(x, before, context)
      return (output, State(wrapped: next))
    }
    return step(cell)
  }
}
