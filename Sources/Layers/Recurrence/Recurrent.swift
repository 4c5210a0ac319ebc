public import Autodiff
internal import DenseArrays

/// A recurrent cell run over whole sequences.
///
///     let layer = Recurrent(GRU(inputSize: 8, hiddenSize: 32, using: &random))
///     let (outputs, last) = layer(inputs)  // inputs [time, batch, 8], outputs [time, batch, 32]
///
/// The step is traced once and run by `scan` at the speed of the machine; a step that cannot be traced, or a layer with
/// `isUnrolled`, is recorded one step after the other, each in a scope of the layer's name and the step's index. Both give
/// the same numbers.
public struct Recurrent<Cell: RecurrentCell>: SequenceLayer {
  /// The cell that every step runs.
  public let cell: Cell
  /// The trainable state before the first step: a parameter for each array of the state that can be trained, without the
  /// batch axis. Empty unless the layer learns it.
  public let initialState: [Parameter]
  /// What messages and drawings call the layer.
  public let name: String
  /// Whether the steps are recorded one after the other without trying to trace them.
  public let isUnrolled: Bool
  /// What in the cell keeps running averages of its training steps.
  private let keepers: StatisticsKeepers

  /// A layer with the given cell.
  ///
  /// With `learnsInitialState` the state before the first step is trained too, starting from the cell's zero state. The
  /// name is the cell's type unless given.
  public init(_ cell: Cell, learnsInitialState: Bool = false, isUnrolled: Bool = false, name: String? = nil) {
    self.cell = cell
    self.isUnrolled = isUnrolled
    keepers = StatisticsKeepers(in: cell)
    self.name = name ?? "\((cell as? AnyRecurrentCell).map { type(of: $0.cell) } ?? Cell.self)"
    guard learnsInitialState else {
      initialState = []
      return
    }
    let scalarType = cell.parameters.first?.parameter.scalarType ?? .float32
    var parameters: [Parameter] = []
    _ = cell.zeroState(batch: 1, on: Tape(scalarType: scalarType)).mapTrainable { zero in
      parameters.append(
        Parameter(zero.value.reshaped(to: zero.shape.dropFirst), name: "initialState.\(parameters.count)"))
      return zero
    }
    initialState = parameters
  }

  public func run(
    _ inputs: Variable, from state: Cell.State?, options: ScanOptions, isTraining: Bool
  ) -> SequenceResult<Cell.State> {
    let (result, finalState) = scanned(inputs, from: state, options: options, isTraining: isTraining)
    return SequenceResult(outputs: result.outputs[0], finalState: finalState, scans: [result])
  }

  /// The layer's scan: its outputs are the only output of the result.
  ///
  /// - Parameters:
  ///   - inputs: [time, batch, features]; no steps or an empty batch stop.
  ///   - state: the state before the first step; without it the learned state, or else the cell's zero state.
  ///   - options: direction, lengths or mask, truncation, checkpointing and what is kept; a layer with `isUnrolled`
  ///     unrolls in any case.
  ///   - isTraining: handed to the cell.
  public func scanned(
    _ inputs: Variable, from state: Cell.State? = nil, options: ScanOptions, isTraining: Bool = false
  ) -> (result: ScanResult, finalState: Cell.State) {
    guard inputs.shape.rank == 3, inputs.shape[0] > 0, inputs.shape[1] > 0 else {
      stop(
        "\(name): inputs of shape \(inputs.shape); expected [time, batch, features] with at least one step and sequence"
          + inputs.tape.scopeSuffix
      )
    }
    let tape = inputs.tape
    let prepared = cell.prepared(on: tape)
    let template = state ?? startState(batch: inputs.shape[1], on: tape)
    var options = options
    if isUnrolled { options.isUnrolled = true }
    if isTraining { options = keepers.options(options, on: tape, for: name) }
    let result = scan([inputs], from: template.variables, options: options, name: name) { step, inputs, states in
      let context = StepContext(step, isTraining: isTraining)
      let (output, next) = prepared.step(inputs[0], template.replacing(with: states), context)
      return ([output], next.variables)
    }
    if isTraining { keepers.update(with: result, isReversed: options.isReversed, batch: inputs.shape[1]) }
    return (result, template.replacing(with: result.states))
  }

  /// The state before the first step of `batch` sequences: the learned one, or else the cell's zero state.
  public func startState(batch: Int, on tape: Tape) -> Cell.State {
    let zero = cell.zeroState(batch: batch, on: tape)
    guard !initialState.isEmpty else { return zero }
    var parameters = initialState[...]
    return zero.mapTrainable { array in
      guard let parameter = parameters.popFirst() else { return array }
      return tape.parameter(parameter).broadcast(to: parameter.shape.prepending(batch))
    }
  }
}

/// Which end of a sequence a recurrent layer starts from.
public enum Direction: Sendable {
  /// From the first step to the last.
  case forward
  /// From the last step to the first.
  case backward
}
