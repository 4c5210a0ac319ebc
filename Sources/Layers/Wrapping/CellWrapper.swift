public import Autodiff
internal import DenseArrays

/// A recurrent cell made of another one, with the other's state.
///
///     struct Noisy<Cell: RecurrentCell>: CellWrapper {
///       var cell: Cell
///       func step(_ x: Variable, _ state: Cell.State, _ context: StepContext) -> (output: Variable, state: Cell.State) {
///         cell.step(x + 0.1 * context.random(.normal, shape: x.shape, site: 1), state, context)
///       }
///     }
///
/// Parameters of the wrapped cell keep their names, so that values saved without the wrapper are loaded with it, and the
/// other way round where the wrapper has no parameters of its own.
public protocol CellWrapper<Cell>: RecurrentCell where State == Cell.State {
  associatedtype Cell: RecurrentCell

  /// The wrapped cell.
  var cell: Cell { get set }
}

extension CellWrapper {
  public func zeroState(batch: Int, on tape: Tape) -> Cell.State { cell.zeroState(batch: batch, on: tape) }

  public func prepared(on tape: Tape) -> Self {
    var wrapper = self
    wrapper.cell = cell.prepared(on: tape)
    return wrapper
  }

  public func parameterName(ofProperty property: String) -> String { property == "cell" ? "" : property }
}

extension RecurrentCell {
  /// The arrays of the state for one sequence, by their shapes.
  var stateShapes: [Shape] {
    zeroState(batch: 1, on: Tape(execution: Execution(threads: 1))).variables.map(\.shape)
  }
}

/// A step's result with other arrays as its state; an output that was one of the arrays is the one in its place.
func replacingState<State: RecurrentState>(
  of result: (output: Variable, state: State), with arrays: [Variable]
) -> (output: Variable, state: State) {
  let position = result.state.variables.firstIndex { $0.isSame(as: result.output) }
  return (position.map { arrays[$0] } ?? result.output, result.state.replacing(with: arrays))
}
