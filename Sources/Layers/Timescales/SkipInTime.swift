public import Autodiff
internal import DenseArrays

/// A cell that reads, beside its input, what it gave some steps ago: connections in time of a length of one's own.
///
///     let cell = SkipInTime(GRU(inputSize: 8 + 32, hiddenSize: 32, using: &random), distance: 5, outputSize: 32)
///
///     (y(t), state(t)) = cell([x(t); y(t - distance)], state(t - 1))
///
/// Before step `distance` the output is taken to be 0. The connections of one step stay: gradients have both ways. With
/// `Elman` this is h(t) = tanh(W x(t) + U h(t - 1) + V h(t - d) + b) of Lin, Horne, Tino and Giles, "Learning long-term
/// dependencies in NARX recurrent neural networks", 1996; see Goodfellow, Bengio and Courville, "Deep learning", 2016,
/// section 10.9.1. The state holds `distance` outputs.
public struct SkipInTime<Cell: RecurrentCell>: RecurrentCell {
  /// The cell's state, and its last outputs, the oldest first, each [batch, outputs].
  public typealias State = StatePair<Cell.State, [Variable]>

  /// The cell; it reads inputs of the size of the input and its own output together.
  public let cell: Cell
  /// The number of steps that the connections lead over.
  public let distance: Int
  /// The size of the cell's output.
  public let outputSize: Int

  /// A cell with connections over `distance` steps, at least 1; fewer stop.
  public init(_ cell: Cell, distance: Int, outputSize: Int) {
    guard distance > 0 else { stop("SkipInTime: connections over \(distance) steps; expected at least 1") }
    self.cell = cell
    self.distance = distance
    self.outputSize = outputSize
  }

  public func parameterName(ofProperty property: String) -> String { property == "cell" ? "" : property }

  public func zeroState(batch: Int, on tape: Tape) -> State {
    let zero = tape.zeros([batch, outputSize])
    return State(cell.zeroState(batch: batch, on: tape), [Variable](repeating: zero, count: distance))
  }

  public func prepared(on tape: Tape) -> SkipInTime {
    SkipInTime(cell.prepared(on: tape), distance: distance, outputSize: outputSize)
  }

  public func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    let input = concatenate([x, state.second[0]], axis: -1)
    let (output, next) = cell.step(input, state.first, context)
    guard output.shape[-1] == outputSize else {
      stop(
        "SkipInTime: the cell gives outputs of size \(output.shape[-1]) where \(outputSize) was said"
          + output.tape.scopeSuffix)
    }
    return (output, State(next, state.second.dropFirst() + [output]))
  }
}
