public import Autodiff
public import DenseArrays
public import Layers

/// Checks the derivatives of a module's use, with respect to all of its parameters, at their present values.
///
///     let layer = Recurrent(GRU(inputSize: 3, hiddenSize: 5, using: &random))
///     let report = checkGradients(of: layer) { tape in layer(tape.constant(inputs)).outputs }
///     print(report)
///
/// The module stays as it is: float64 copies of its parameters are bound. A parameter that the function used and that the
/// module's traversal did not find fails the check by name. See ``checkGradients(of:at:named:options:_:)`` for the rest.
public func checkGradients(
  of module: some Module, options: GradientCheckOptions = GradientCheckOptions(),
  _ function: @escaping (Tape) -> Variable
) -> GradientReport {
  checkGradients(of: module.parameters, options: options, function)
}

/// Checks the derivatives of a module's use, with respect to all of its parameters and to inputs.
///
///     let report = checkGradients(of: layer, at: [inputs]) { _, inputs in layer(inputs[0]).outputs }
///
/// Inputs are converted to float64 and passed to the function; int32 inputs are constants.
public func checkGradients(
  of module: some Module, at inputs: [DenseArray], named names: [String] = [],
  options: GradientCheckOptions = GradientCheckOptions(), _ function: @escaping (Tape, [Variable]) -> Variable
) -> GradientReport {
  checkGradients(of: module.parameters, at: inputs, named: names, options: options, function)
}
