public import Autodiff
public import DenseArrays

/// A layer that goes on where it stopped: truncated backpropagation through time over long sequences, chunk by chunk.
///
///     var stateful = StatefulLayer(layer)
///     for chunk in chunks {
///       tape.reset()
///       let outputs = stateful(tape.constant(chunk), isTraining: true)
///       try optimizer.update(with: tape.gradients(of: loss(outputs)))
///     }
///
/// The last state of a chunk is kept as numbers and is the first of the next one, without a gradient: what a loss depends
/// on reaches back to the beginning of its chunk. Within a chunk, `ScanOptions.detachEvery` truncates more. Source:
/// Williams and Peng, "An efficient gradient-based algorithm for on-line training of recurrent network trajectories",
/// 1990.
///
/// Sequences that begin anew in some places of the batch are told by `restart(_:)`; they start from the layer's start
/// state, which gets its gradient where it is learned.
public struct StatefulLayer<Layer: SequenceLayer>: Module {
  /// The layer.
  public let layer: Layer
  /// The numbers of the state after the last chunk, or nil before the first.
  public private(set) var state: [DenseArray]?
  /// The places of the batch where a sequence begins with the next chunk.
  private var beginning: Set<Int> = []

  /// A layer before its first chunk.
  public init(_ layer: Layer) { self.layer = layer }

  public func parameterName(ofProperty property: String) -> String { property == "layer" ? "" : property }

  /// All sequences begin anew with the next chunk, which may have another batch size.
  public mutating func restart() {
    state = nil
    beginning = []
  }

  /// The sequences in some places of the batch begin anew with the next chunk; a place that the batch lacks stops there.
  public mutating func restart(_ places: some Sequence<Int>) { beginning.formUnion(places) }

  /// The outputs for the next chunk, [time, batch, features]; its last state is kept for the one after it.
  ///
  /// A batch of another size than before stops. Costs a copy of the state more than the layer.
  ///
  /// - Parameters:
  ///   - inputs: [time, batch, features].
  ///   - options: lengths or mask, truncation, checkpointing and what is kept; a reversed direction stops.
  ///   - isTraining: handed to the cells.
  public mutating func callAsFunction(
    _ inputs: Variable, options: ScanOptions = ScanOptions(), isTraining: Bool = false
  ) -> Variable {
    guard !options.isReversed else {
      stop("StatefulLayer: a chunk from its last step to its first, where the chunk before it ended")
    }
    let result = layer.run(inputs, from: nextState(for: inputs), options: options, isTraining: isTraining)
    state = result.finalState.values
    beginning = []
    return result.outputs
  }

  /// The state that a chunk starts from, or nil where all sequences begin.
  private func nextState(for inputs: Variable) -> Layer.State? {
    guard let state else { return nil }
    let (tape, batch) = (inputs.tape, inputs.shape.rank == 3 ? inputs.shape[1] : 0)
    guard state.allSatisfy({ $0.shape.first == batch }) else {
      stop(
        "StatefulLayer: a chunk of shape \(inputs.shape) after one whose last state has shapes \(state.map(\.shape)); "
          + "restart() before a batch of another size")
    }
    guard beginning.allSatisfy({ (0..<batch).contains($0) }) else {
      stop("StatefulLayer: sequences \(beginning.sorted()) of a batch of \(batch) begin anew")
    }
    let carried = layer.state(from: state, on: tape)
    guard !beginning.isEmpty else { return carried }
    let mask = DenseArray((0..<batch).map { beginning.contains($0) ? 1.0 : 0.0 }, shape: [batch, 1])
    let begins = tape.constant(mask.converted(to: tape.scalarType))
    return layer.startState(batch: batch, on: tape).combined(with: carried) { selectRows(begins, $0, $1) }
  }
}
