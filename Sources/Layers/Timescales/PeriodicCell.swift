public import Autodiff
internal import DenseArrays

/// A cell that steps at every so many steps only and keeps its state and its output in between.
///
///     let slow = PeriodicCell(gru, period: 4, inputSize: 8)  // steps 0, 4, 8, ...
///
/// On top of faster cells, in a `StackedCell`, a slow layer of a hierarchy: El Hihi and Bengio, "Hierarchical recurrent
/// neural networks for long-term dependencies", 1996. Side by side with other periods: `ClockworkCell`. The steps are
/// counted in the state, so that a sequence is its chunks. Each step costs what the cell costs, used or not.
public struct PeriodicCell<Cell: RecurrentCell>: RecurrentCell {
  /// The cell's state and output at its last step, and the number of steps so far.
  public typealias State = CountedState<HeldState>

  /// What a cell keeps from its last step.
  public struct HeldState: RecurrentState {
    /// The cell's state.
    public var cell: Cell.State
    /// The cell's output, [batch, outputs]; 0 before the first step, which makes one.
    public var output: Variable

    public func map(_ transform: (Variable) -> Variable) -> HeldState {
      HeldState(cell: cell.map(transform), output: transform(output))
    }

    public func mapTrainable(_ transform: (Variable) -> Variable) -> HeldState {
      HeldState(cell: cell.mapTrainable(transform), output: output)
    }
  }

  /// The cell.
  public let cell: Cell
  /// The number of steps from one step of the cell to the next.
  public let period: Int
  /// The size of the cell's output.
  public let outputSize: Int

  /// A cell that steps at steps 0, `period`, 2 `period` and so on; a period below 1 stops.
  ///
  /// `inputSize` is the size of the input, from which that of the output is found.
  public init(_ cell: Cell, period: Int, inputSize: Int) {
    self.init(cell, period: period, outputSize: cell.outputSize(inputSize: inputSize))
  }

  private init(_ cell: Cell, period: Int, outputSize: Int) {
    guard period > 0 else { stop("PeriodicCell: a period of \(period) steps; expected at least 1") }
    self.cell = cell
    self.period = period
    self.outputSize = outputSize
  }

  public func parameterName(ofProperty property: String) -> String { property == "cell" ? "" : property }

  public func zeroState(batch: Int, on tape: Tape) -> State {
    let held = HeldState(cell: cell.zeroState(batch: batch, on: tape), output: tape.zeros([batch, outputSize]))
    return State(held, time: tape.zeros([batch, 1]))
  }

  public func prepared(on tape: Tape) -> PeriodicCell {
    PeriodicCell(cell.prepared(on: tape), period: period, outputSize: outputSize)
  }

  public func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    let held = state.state
    let (new, stepped) = cell.step(x, held.cell, context)
    let isKept = modulo(state.time, Double(period))
    let output = selectRows(isKept, held.output, new)
    let next = held.cell.combined(with: stepped) { selectRows(isKept, $0, $1) }
    return (output, State(HeldState(cell: next, output: output), time: state.time + 1))
  }
}

/// `a` in the rows where the mask [batch, 1] is not 0, else `b`, for arrays [batch, ...].
func selectRows(_ mask: Variable, _ a: Variable, _ b: Variable) -> Variable {
  var shape: Shape = [mask.shape[0]]
  for _ in 1..<a.shape.rank { shape.append(1) }
  return select(mask.reshaped(to: shape), a, b)
}
