public import Autodiff
public import DenseArrays

/// Layers over sequences on top of each other, each run over the whole sequence before the next one.
///
///     let stack = Stacked(layerCount: 2, inputSize: 8, connection: .dense, using: &random) { size, random in
///       Bidirectional(inputSize: size, using: &random) { LSTM(inputSize: $0, hiddenSize: 32, using: &$1) }
///     }
///     let (outputs, last) = stack(inputs, lengths: lengths)
///
/// The outputs are those of the top. Layers above the first have their input projections done for all steps at once;
/// `Recurrent(StackedCell(...))` gives the same numbers in one loop. Source: Graves, Mohamed and Hinton, "Speech
/// recognition with deep recurrent neural networks", 2013.
public struct Stacked<Layer: SequenceLayer>: SequenceLayer {
  /// The states of the layers, from the lowest on.
  public typealias State = [Layer.State]

  /// The layers, from the lowest on.
  public let layers: [Layer]
  /// What each layer reads.
  public let connections: StackConnections

  /// A stack of given layers; with `.highway` connections, which have parameters, use the other initialisers.
  ///
  /// Each layer has to fit the size of what it reads: with `.dense` connections that of the input and of all outputs below.
  public init(_ layers: [Layer], connection: StackConnection = .plain) {
    self.init(layers, connections: StackConnections(connection))
  }

  /// A stack of given layers with given connections; a stack without layers, or without a gate for each, stops.
  public init(_ layers: [Layer], connections: StackConnections) {
    connections.check(layers.count, "Stacked")
    self.layers = layers
    self.connections = connections
  }

  /// A stack of new layers.
  ///
  /// - Parameters:
  ///   - layerCount: The number of layers.
  ///   - inputSize: The size of the input.
  ///   - connection: How the layers are connected.
  ///   - random: Where parameters are drawn from.
  ///   - makeLayer: Makes a layer for inputs of a size.
  public init(
    layerCount: Int, inputSize: Int, connection: StackConnection = .plain, using random: inout RandomSource,
    _ makeLayer: (_ inputSize: Int, inout RandomSource) -> Layer
  ) {
    let (layers, connections) = StackConnections.build(
      connection, layerCount: layerCount, inputSize: inputSize, using: &random
    ) { inputSize, random in
      let layer = makeLayer(inputSize, &random)
      return (layer, layer.outputSize(inputSize: inputSize))
    }
    self.init(layers, connections: connections)
  }

  public func startState(batch: Int, on tape: Tape) -> State {
    layers.map { $0.startState(batch: batch, on: tape) }
  }

  public func run(
    _ inputs: Variable, from state: State?, options: ScanOptions, isTraining: Bool
  ) -> SequenceResult<State> {
    var finalStates: State = []
    var scans: [ScanResult] = []
    let outputs = connections.run(inputs, layerCount: layers.count, name: "Stacked") { index, inputs in
      inputs.tape.withScope("layer \(index)") {
        let result = layers[index].run(inputs, from: state?[index], options: options, isTraining: isTraining)
        finalStates.append(result.finalState)
        scans += result.scans
        return result.outputs
      }
    }
    return SequenceResult(outputs: outputs, finalState: finalStates, scans: scans)
  }
}
