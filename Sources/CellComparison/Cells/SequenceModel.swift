internal import Autodiff
internal import DenseArrays
internal import Layers

/// A recurrent cell of any type, run over whole sequences: one call through the protocol a sequence, none a step.
protocol SequenceModel: Module {
  /// Runs the cell.
  ///
  /// - Parameters:
  ///   - inputs: [time, batch, features].
  ///   - state: The numbers of the state to start from, or nil for the cell's own start.
  ///   - keepsState: Whether the numbers of the last state are wanted.
  /// - Returns: The outputs, [time, batch, output size], and the numbers of the last state if wanted.
  func run(_ inputs: Variable, from state: [DenseArray]?, keepsState: Bool, isTraining: Bool)
    -> (outputs: Variable, state: [DenseArray]?)

  /// Runs the cell from its own start, in a way that the options say.
  ///
  /// - Returns: The outputs, [time, batch, output size], and how the step was run.
  func run(_ inputs: Variable, options: ScanOptions, isTraining: Bool) -> (outputs: Variable, report: ScanReport)

  /// Runs the cell from its own start, in evaluation, with its states open to derivatives and its parameters as constants.
  ///
  /// - Parameter inputs: [time, batch, features].
  func observe(_ inputs: Variable) -> ObservedRun

  /// The named values, states and outputs of the first sequence, in evaluation.
  func recording(on inputs: DenseArray, execution: Execution) -> GateRecording

  /// The size of the outputs for inputs of the given size.
  func outputSize(inputSize: Int) -> Int
}

/// A cell of a given type as a sequence model.
struct CellModel<Cell: RecurrentCell>: SequenceModel {
  let layer: Recurrent<Cell>

  init(cell: Cell, name: String) {
    layer = Recurrent(cell, name: name)
  }

  /// Messages name parameters as the cell does.
  func parameterName(ofProperty property: String) -> String { "" }

  func run(_ inputs: Variable, from state: [DenseArray]?, keepsState: Bool, isTraining: Bool)
    -> (outputs: Variable, state: [DenseArray]?)
  {
    let start = state.map { layer.cell.state(from: $0, on: inputs.tape) }
    let (outputs, last) = layer(inputs, from: start, isTraining: isTraining)
    return (outputs, keepsState ? last.values : nil)
  }

  func run(_ inputs: Variable, options: ScanOptions, isTraining: Bool) -> (outputs: Variable, report: ScanReport) {
    let result = layer.scanned(inputs, options: options, isTraining: isTraining).result
    return (result.outputs[0], result.report)
  }

  func outputSize(inputSize: Int) -> Int { layer.outputSize(inputSize: inputSize) }
}
