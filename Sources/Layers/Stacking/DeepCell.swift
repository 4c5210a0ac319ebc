public import Autodiff
internal import DenseArrays

/// A cell with deeper ways into it, from step to step, and out of it.
///
///     let cell = DeepCell(gru, input: intoIt, transition: fromStepToStep, output: outOfIt)
///
///     s = transition(state')         on the first array of the state, usually the output
///     (y, state) = cell(input(x), s)
///     output(y)
///
/// The second way of Goodfellow, Bengio and Courville, "Deep learning", 2016, figure 10.13b, to make a recurrent network
/// deep; networks with a skip are the third (c), where the way through time stays short. Source: Pascanu, Gulcehre, Cho
/// and Bengio, "How to construct deep recurrent neural networks", 2014: `transition` is their DT-RNN, with a skip
/// DT(S)-RNN, `output` DO-RNN, both DOT-RNN. What they do to h is done to the first array of a state only: an LSTM's
/// memory is left alone.
public struct DeepCell<Cell: RecurrentCell>: RecurrentCell {
  /// What the input goes through, or nil; the cell reads its output.
  public let input: Perceptron?
  /// What the first array of the state goes through before each step, or nil; it keeps the array's size.
  public let transition: Perceptron?
  /// The cell.
  public let cell: Cell
  /// What the cell's output goes through, or nil.
  public let output: Perceptron?

  /// A cell with the given networks round it.
  public init(_ cell: Cell, input: Perceptron? = nil, transition: Perceptron? = nil, output: Perceptron? = nil) {
    self.input = input
    self.transition = transition
    self.cell = cell
    self.output = output
  }

  public func zeroState(batch: Int, on tape: Tape) -> Cell.State { cell.zeroState(batch: batch, on: tape) }

  public func prepared(on tape: Tape) -> DeepCell {
    DeepCell(cell.prepared(on: tape), input: input, transition: transition, output: output)
  }

  public func step(
    _ x: Variable, _ state: Cell.State, _ context: StepContext
  ) -> (output: Variable, state: Cell.State) {
    let (y, next) = cell.step(input.map { $0(x) } ?? x, moved(state), context)
    return (output.map { $0(y) } ?? y, next)
  }

  /// The state after the way from step to step.
  private func moved(_ state: Cell.State) -> Cell.State {
    guard let transition else { return state }
    var isFirst = true
    return state.map { array in
      guard isFirst else { return array }
      isFirst = false
      let moved = transition(array)
      guard moved.shape == array.shape else {
        stop(
          "DeepCell: a transition from shape \(array.shape) to \(moved.shape); expected one that keeps the size"
            + moved.tape.scopeSuffix)
      }
      return moved
    }
  }
}
