public import Autodiff
public import DenseArrays
public import Layers

extension GateRecording {
  /// Runs a layer over sequences and records what its cell names, the states and the outputs of one of them.
  ///
  /// The layer computes in the type of its parameters.
  ///
  /// - Parameters:
  ///   - layer: the layer.
  ///   - inputs: [time, batch, features].
  ///   - sequence: which member of the batch is recorded; one that is not there stops.
  ///   - steps: which steps are recorded, all unless said; steps that are not there stop.
  ///   - isTraining: handed to the cell.
  ///   - randomSeed: of what the cell draws.
  ///   - execution: where the layer runs.
  ///   - loss: a number made of the outputs, [time, batch, output size], whose gradients are recorded.
  public init<Cell: RecurrentCell>(
    of layer: Recurrent<Cell>, on inputs: DenseArray, sequence: Int = 0, steps: Range<Int>? = nil,
    isTraining: Bool = false, randomSeed: UInt64 = 0, execution: Execution = .default,
    loss: ((_ outputs: Variable) -> Variable)? = nil
  ) {
    let steps = steps ?? 0..<inputs.shape[0]
    guard inputs.shape.rank == 3, (0..<inputs.shape[1]).contains(sequence), steps.lowerBound >= 0,
      steps.upperBound <= inputs.shape[0]
    else {
      stop("GateRecording: steps \(steps) of sequence \(sequence) of inputs of shape \(inputs.shape)")
    }
    let tape = Tape(
      scalarType: layer.cell.parameters.first?.parameter.scalarType ?? .float32, execution: execution)
    tape.randomSeed = randomSeed
    let cell = CellWithNamedStates(cell: layer.cell)
    let named = Recurrent(cell, isUnrolled: layer.isUnrolled, name: layer.name)
    func run(_ inputs: DenseArray, keeps: [String]) -> ScanResult {
      let x = tape.constant(inputs.converted(to: tape.scalarType))
      let start = layer.startState(batch: inputs.shape[1], on: tape)
      return named.scanned(x, from: start, options: ScanOptions(keeps: keeps), isTraining: isTraining).result
    }
    let names = tape.withoutGradients { run(inputs.slice(0..<1), keeps: []).names }
    tape.reset()
    let result = run(inputs, keeps: names)
    /// The rows of the recorded steps and sequence of [time, batch, ...], or of [time, ...] where members share a value.
    func rows(_ array: DenseArray) -> DenseArray {
      let isByMember = array.shape.rank > 1 && array.shape[1] == inputs.shape[1]
      let rows = steps.map { isByMember ? array.row($0).row(sequence) : array.row($0) }
      return DenseArray(rows.flatMap(\.elements), shape: [steps.count, rows.first?.count ?? 0])
        .converted(to: array.scalarType)
    }
    let kept = names.compactMap { name in result.kept[name].map { (name, $0.probe, rows($0.values.value)) } }
    let gradients = loss.map { tape.gradients(of: $0(result.outputs[0])) }
    self.init(
      layer: layer.name, steps: steps,
      maps: kept.map { name, probe, values in
        Map(name: name, values: values, gradients: gradients.map { rows($0[probe]) })
      })
  }
}

extension CellModel {
  func recording(on inputs: DenseArray, execution: Execution) -> GateRecording {
    GateRecording(of: layer, on: inputs, execution: execution)
  }
}

/// A cell that names its states and its output too.
private struct CellWithNamedStates<Cell: RecurrentCell>: CellWrapper {
  var cell: Cell

  func step(_ x: Variable, _ state: Cell.State, _ context: StepContext) -> (output: Variable, state: Cell.State) {
    let (output, next) = cell.step(x, state, context)
    let arrays = next.variables
    let names = arrays.count == 1 ? ["state"] : arrays.indices.map { "state \($0 + 1)" }
    let named = zip(arrays, names).map { $0.named($1) }
    // An output that is handed on too is one value.
    let position = arrays.firstIndex { $0.isSame(as: output) }
    return ((position.map { named[$0] } ?? output).named("output"), next.replacing(with: named))
  }
}
