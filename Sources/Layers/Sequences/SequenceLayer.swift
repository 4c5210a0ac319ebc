public import Autodiff
public import DenseArrays

/// A layer over whole sequences: from [time, batch, features] to outputs at every step and a final state.
///
/// `Recurrent` makes one of any cell; `Stacked` and `Bidirectional` are made of others. What they hand on, lengths and
/// masks and all other options of `scan`, goes down to every cell.
public protocol SequenceLayer: Module {
  /// What is handed from one sequence to the one that follows it.
  associatedtype State: RecurrentState

  /// The state before the first step of `batch` sequences: trained or zeros.
  func startState(batch: Int, on tape: Tape) -> State

  /// Runs the layer over sequences.
  ///
  /// - Parameters:
  ///   - inputs: [time, batch, features]; no steps or an empty batch stop.
  ///   - state: the state before the first step; without it `startState`.
  ///   - options: direction, lengths or mask, truncation, checkpointing and what is kept, for each scan of the layer.
  ///   - isTraining: handed to the cells.
  func run(
    _ inputs: Variable, from state: State?, options: ScanOptions, isTraining: Bool
  ) -> SequenceResult<State>
}

/// What a layer over sequences gives.
public struct SequenceResult<State: RecurrentState> {
  /// The outputs, [time, batch, features].
  public let outputs: Variable
  /// The state after the last step.
  public let finalState: State
  /// What each scan of the layer gave, from the input on: how it was run, and named values that were to be kept.
  public let scans: [ScanResult]

  public init(outputs: Variable, finalState: State, scans: [ScanResult]) {
    self.outputs = outputs
    self.finalState = finalState
    self.scans = scans
  }

  /// Why some step was not traced once for all steps, or nil when all were.
  public var unrolledReason: String? { scans.lazy.compactMap(\.report.reason).first }
}

extension SequenceLayer {
  /// The outputs at every step and the state after the last one.
  ///
  /// - Parameters:
  ///   - inputs: [time, batch, features]; no steps or an empty batch stop.
  ///   - state: the state before the first step; without it the learned state, or else zeros.
  ///   - direction: `.backward` runs from the last step to the first. `outputs[t]` belongs to `inputs[t]` all the same.
  ///   - lengths: the steps of each sequence of the batch; see `ScanOptions.lengths`.
  ///   - mask: which steps count, [time, batch]; see `ScanOptions.mask`.
  ///   - isTraining: handed to the cells.
  public func callAsFunction(
    _ inputs: Variable, from state: State? = nil, direction: Direction = .forward, lengths: [Int]? = nil,
    mask: DenseArray? = nil, isTraining: Bool = false
  ) -> (outputs: Variable, finalState: State) {
    let options = ScanOptions(isReversed: direction == .backward, lengths: lengths, mask: mask)
    let result = run(inputs, from: state, options: options, isTraining: isTraining)
    return (result.outputs, result.finalState)
  }

  /// The state with given numbers, for instance the `values` of the last state of a tape that is gone.
  ///
  /// Arrays of another number or shape than the layer's start state stop.
  public func state(from values: [DenseArray], on tape: Tape) -> State {
    startState(batch: values.first?.shape.first ?? 0, on: tape).filled(with: values, on: tape, "\(Self.self)")
  }

  /// The size of the outputs for inputs of the given size, found by one step.
  public func outputSize(inputSize: Int) -> Int {
    let tape = Tape(execution: Execution(threads: 1))
    return tape.withoutGradients { self(tape.zeros([1, 1, inputSize])).outputs.shape[2] }
  }
}

extension RecurrentCell {
  /// The size of the outputs for inputs of the given size, found by one step.
  public func outputSize(inputSize: Int) -> Int {
    let tape = Tape(execution: Execution(threads: 1))
    return tape.withoutGradients {
      let x = tape.zeros([1, inputSize])
      return prepared(on: tape).step(x, zeroState(batch: 1, on: tape), StepContext(tape: tape, step: 0)).output.shape[1]
    }
  }
}
