public import Autodiff
public import DenseArrays

/// A cell for inference one step at a time: numbers in, numbers out, nothing kept in between.
///
///     let stream = StreamingCell(layer)
///     var state = stream.startState(batch: 1)
///     for input in inputs {
///       let (output, next) = stream.step(input, from: state)
///       state = next
///     }
///
/// A step is recorded on a tape of its own and forgotten at once, without anything for gradients: the memory needed does
/// not grow, and parameters can be changed between steps. What a cell prepares for a sequence is prepared at each step.
public struct StreamingCell<Cell: RecurrentCell> {
  /// A state as numbers; a value, so that several continuations can start from it.
  public struct State: Sendable {
    /// The numbers of the cell's state.
    public let values: [DenseArray]
    /// The number of steps so far.
    public let step: Int

    public init(values: [DenseArray], step: Int) {
      self.values = values
      self.step = step
    }
  }

  /// The cell with its start state.
  public let layer: Recurrent<Cell>
  private let tape: Tape

  /// A cell as a layer runs it, from the layer's start state.
  public init(_ layer: Recurrent<Cell>, execution: Execution = .default) {
    self.layer = layer
    tape = Tape(scalarType: layer.parameters.first?.parameter.scalarType ?? .float32, execution: execution)
  }

  /// A cell, from its zero state.
  public init(_ cell: Cell, execution: Execution = .default) {
    self.init(Recurrent(cell), execution: execution)
  }

  /// The state before the first step of `batch` sequences: learned, or else the cell's zero state.
  public func startState(batch: Int) -> State {
    State(values: alone { layer.startState(batch: batch, on: tape).values }, step: 0)
  }

  /// One step: the output for an input [batch, features], and the next state.
  ///
  /// A state that is not one of the cell's, and an input that does not fit it, stop.
  public func step(_ input: DenseArray, from state: State) -> (output: DenseArray, state: State) {
    alone {
      let before = layer.cell.state(from: state.values, on: tape)
      let (output, next) = tape.withScope(layer.name, step: state.step) {
        layer.cell.prepared(on: tape).step(
          tape.constant(input.converted(to: tape.scalarType)), before, StepContext(tape: tape, step: state.step))
      }
      return (output.value, State(values: next.values, step: state.step + 1))
    }
  }

  /// The number of bytes that the tape holds: the same after many steps as after some.
  public var memoryByteCount: Int { tape.memoryByteCount }

  /// Runs `body` on the empty tape and empties it again.
  private func alone<Result>(_ body: () -> Result) -> Result {
    defer { tape.reset() }
    return tape.withoutGradients(body)
  }
}
