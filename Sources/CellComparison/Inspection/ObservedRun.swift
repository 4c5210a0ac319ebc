internal import Autodiff
internal import DenseArrays
internal import Layers

/// A run of a cell over sequences whose states can be differentiated by.
struct ObservedRun {
  /// The outputs, [time, batch, output size].
  let outputs: Variable
  /// The arrays of the state before the first step, [batch, ...]: leaves.
  let start: [Variable]
  /// The arrays of the state after every step, [time, batch, ...] each.
  ///
  /// The probe of a state has the derivative by the state that is handed on: through all later steps, and through the output
  /// of its own step where the output is that array of the state.
  let states: [KeptValue]
}

extension CellModel {
  func observe(_ inputs: Variable) -> ObservedRun {
    let tape = inputs.tape
    // Derivatives by states alone are wanted.
    tape.freeze(layer.parameters)
    let cell = layer.cell.prepared(on: tape)
    let zero = layer.startState(batch: inputs.shape[1], on: tape)
    let start = zero.variables.map { tape.variable($0.value) }
    let stateNames = start.indices.map { "state.\($0)" }
    let result = scan([inputs], from: start, options: ScanOptions(keeps: stateNames), name: layer.name) {
      step, inputs, states in
      let context = StepContext(step, isTraining: false)
      let (output, next) = cell.step(inputs[0], zero.replacing(with: states), context)
      let arrays = next.variables
      let probed = zip(arrays, stateNames).map { $0.named($1) }
      let shared = arrays.firstIndex { $0.isSame(as: output) }
      return ([shared.map { probed[$0] } ?? output], probed)
    }
    return ObservedRun(
      outputs: result.outputs[0], start: start, states: stateNames.compactMap { result.kept[$0] })
  }
}
