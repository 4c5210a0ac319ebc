public import Autodiff
public import DenseArrays

/// Two layers over sequences, one of which runs from the first step to the last and one from the last to the first.
///
///     let layer = Bidirectional(inputSize: 8, using: &random) { LSTM(inputSize: $0, hiddenSize: 32, using: &$1) }
///     let (outputs, last) = layer(inputs, lengths: lengths)  // outputs [time, batch, 64]
///
/// The outputs at each step are put together. With lengths the second layer begins at each sequence's last step. Source:
/// Schuster and Paliwal, "Bidirectional recurrent neural networks", 1997.
public struct Bidirectional<Layer: SequenceLayer>: SequenceLayer {
  /// The state of the layer that runs forward and of the one that runs backward.
  public typealias State = StatePair<Layer.State, Layer.State>

  /// How the outputs of both directions are put together.
  public enum Merging: String, CaseIterable, Sendable {
    /// Side by side, the forward one first.
    case concatenation
    /// Added.
    case sum
    /// Half their sum.
    case mean
    /// Multiplied element by element.
    case product
  }

  /// The layer that runs from the first step to the last.
  public let forward: Layer
  /// The layer that runs from the last step to the first.
  public let backward: Layer
  /// How the outputs are put together.
  public let merging: Merging

  /// Given layers.
  public init(forward: Layer, backward: Layer, merging: Merging = .concatenation) {
    self.forward = forward
    self.backward = backward
    self.merging = merging
  }

  /// Two new recurrent layers.
  ///
  /// - Parameters:
  ///   - inputSize: The size of the input.
  ///   - merging: How the outputs are put together.
  ///   - learnsInitialState: Whether the states before the first step are trained.
  ///   - random: Where parameters are drawn from.
  ///   - makeCell: Makes a cell for inputs of a size.
  public init<Cell: RecurrentCell>(
    inputSize: Int, merging: Merging = .concatenation, learnsInitialState: Bool = false,
    using random: inout RandomSource, _ makeCell: (_ inputSize: Int, inout RandomSource) -> Cell
  ) where Layer == Recurrent<Cell> {
    let cells = (0..<2).map { _ in makeCell(inputSize, &random) }
    self.init(
      forward: Recurrent(cells[0], learnsInitialState: learnsInitialState),
      backward: Recurrent(cells[1], learnsInitialState: learnsInitialState), merging: merging)
  }

  public func startState(batch: Int, on tape: Tape) -> State {
    State(forward.startState(batch: batch, on: tape), backward.startState(batch: batch, on: tape))
  }

  public func run(
    _ inputs: Variable, from state: State?, options: ScanOptions, isTraining: Bool
  ) -> SequenceResult<State> {
    var reversed = options
    reversed.isReversed.toggle()
    let first = inputs.tape.withScope("forward") {
      forward.run(inputs, from: state?.first, options: options, isTraining: isTraining)
    }
    let second = inputs.tape.withScope("backward") {
      backward.run(inputs, from: state?.second, options: reversed, isTraining: isTraining)
    }
    return SequenceResult(
      outputs: merge(first.outputs, second.outputs), finalState: State(first.finalState, second.finalState),
      scans: first.scans + second.scans)
  }

  private func merge(_ a: Variable, _ b: Variable) -> Variable {
    guard merging != .concatenation else { return concatenate([a, b], axis: -1) }
    guard a.shape == b.shape else {
      stop("Bidirectional: the \(merging) of outputs of shapes \(a.shape) and \(b.shape)\(a.tape.scopeSuffix)")
    }
    switch merging {
    case .concatenation: return concatenate([a, b], axis: -1)
    case .sum: return a + b
    case .mean: return pointwise(a, b) { a, b in 0.5 * (a + b) }
    case .product: return a * b
    }
  }
}
