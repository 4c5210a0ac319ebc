public import Autodiff
internal import DenseArrays

/// A recurrent cell run over whole sequences.
///
///     let layer = Recurrent(GRU(inputSize: 8, hiddenSize: 32, using: &random))
///     let (outputs, last) = layer(inputs)  // inputs [time, batch, 8], outputs [time, batch, 32]
///
/// Steps are recorded one after the other, each in a scope of the layer's name and the step's index.
public struct Recurrent<Cell: RecurrentCell>: Module {
  /// The cell that every step runs.
  public let cell: Cell
  /// The trainable state before the first step: a parameter for each array of the state, without the batch axis. Empty
  /// unless the layer learns it.
  public let initialState: [Parameter]
  /// What messages and drawings call the layer.
  public let name: String

  /// A layer with the given cell.
  ///
  /// With `learnsInitialState` the state before the first step is trained too, starting from the cell's zero state. The
  /// name is the cell's type unless given.
  public init(_ cell: Cell, learnsInitialState: Bool = false, name: String? = nil) {
    self.cell = cell
    self.name = name ?? "\(Cell.self)"
    guard learnsInitialState else {
      initialState = []
      return
    }
    let scalarType = cell.parameters.first?.parameter.scalarType ?? .float32
    initialState = cell.zeroState(batch: 1, on: Tape(scalarType: scalarType)).variables.enumerated().map {
      index, zero in
      Parameter(zero.value.reshaped(to: zero.shape.dropFirst), name: "initialState.\(index)")
    }
  }

  /// The outputs at every step and the state after the last one.
  ///
  /// - Parameters:
  ///   - inputs: [time, batch, features]; no steps or an empty batch stop.
  ///   - state: the state before the first step; without it the learned state, or else the cell's zero state.
  ///   - direction: `.backward` runs from the last step to the first. `outputs[t]` belongs to `inputs[t]` all the same.
  ///   - isTraining: handed to the cell.
  public func callAsFunction(
    _ inputs: Variable, from state: Cell.State? = nil, direction: Direction = .forward, isTraining: Bool = false
  ) -> (outputs: Variable, finalState: Cell.State) {
    guard inputs.shape.rank == 3, inputs.shape[0] > 0, inputs.shape[1] > 0 else {
      stop(
        "\(name): inputs of shape \(inputs.shape); expected [time, batch, features] with at least one step and sequence"
      )
    }
    let tape = inputs.tape
    let prepared = cell.prepared(on: tape)
    var state = state ?? startState(batch: inputs.shape[1], on: tape)
    let count = inputs.shape[0]
    var outputs: [Variable] = []
    outputs.reserveCapacity(count)
    for index in 0..<count {
      let step = direction == .forward ? index : count - 1 - index
      tape.withScope(name, step: step) {
        let context = StepContext(tape: tape, step: index, isTraining: isTraining)
        let (output, next) = prepared.step(inputs[step], state, context)
        outputs.append(output)
        state = next
      }
    }
    if direction == .backward { outputs.reverse() }
    return (stack(outputs), state)
  }

  /// The state before the first step of `batch` sequences: the learned one, or else the cell's zero state.
  public func startState(batch: Int, on tape: Tape) -> Cell.State {
    let zero = cell.zeroState(batch: batch, on: tape)
    guard !initialState.isEmpty else { return zero }
    return zero.replacing(
      with: initialState.map { tape.parameter($0).broadcast(to: $0.shape.prepending(batch)) })
  }
}

/// Which end of a sequence a recurrent layer starts from.
public enum Direction: Sendable {
  /// From the first step to the last.
  case forward
  /// From the last step to the first.
  case backward
}
