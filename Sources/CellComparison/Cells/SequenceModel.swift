internal import Autodiff
internal import DenseArrays
internal import Layers

/// A recurrent cell of any type, run over whole sequences: one call through the protocol a sequence, none a step.
protocol SequenceModel: Module {
  /// Runs the cell from its own start, in a way that the options say.
  ///
  /// - Returns: The outputs, [time, batch, output size], and how the step was run.
  func run(_ inputs: Variable, options: ScanOptions, isTraining: Bool) -> (outputs: Variable, report: ScanReport)

  /// A new function that runs the cell chunk by chunk: each call goes on from the state after the one before, the first from
  /// the cell's own start. It takes inputs [time, batch, features] and whether this is training, and gives the outputs.
  func chunkwise() -> (_ inputs: Variable, _ isTraining: Bool) -> Variable

  /// Runs the cell from its own start, in evaluation, with its states open to derivatives and its parameters as constants.
  ///
  /// - Parameter inputs: [time, batch, features].
  func observe(_ inputs: Variable) -> ObservedRun

  /// The named values, states and outputs of the first sequence, in evaluation.
  func recording(on inputs: DenseArray, execution: Execution) -> GateRecording

  /// The size of the outputs for inputs of the given size.
  func outputSize(inputSize: Int) -> Int
}

extension SequenceModel {
  /// The outputs, [time, batch, output size], for inputs [time, batch, features], from the cell's own start.
  func outputs(for inputs: Variable, isTraining: Bool) -> Variable {
    run(inputs, options: ScanOptions(), isTraining: isTraining).outputs
  }
}

/// A cell of a given type as a sequence model.
struct CellModel<Cell: RecurrentCell>: SequenceModel {
  let layer: Recurrent<Cell>

  init(cell: Cell, name: String) {
    layer = Recurrent(cell, name: name)
  }

  /// Messages name parameters as the cell does.
  func parameterName(ofProperty property: String) -> String { "" }

  func run(_ inputs: Variable, options: ScanOptions, isTraining: Bool) -> (outputs: Variable, report: ScanReport) {
    let result = layer.scanned(inputs, options: options, isTraining: isTraining).result
    return (result.outputs[0], result.report)
  }

  func chunkwise() -> (_ inputs: Variable, _ isTraining: Bool) -> Variable {
    var layer = StatefulLayer(layer)
    return { inputs, isTraining in layer(inputs, isTraining: isTraining) }
  }

  func outputSize(inputSize: Int) -> Int { layer.outputSize(inputSize: inputSize) }
}
