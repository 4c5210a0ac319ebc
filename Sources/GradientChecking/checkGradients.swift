public import Autodiff
public import DenseArrays

/// Checks the derivatives of a function of parameters, at their present values.
///
///     let report = checkGradients(of: [weights, bias]) { tape in
///       tanh(matmul(tape.constant(x), tape.parameter(weights)) + tape.parameter(bias))
///     }
///     print(report)  // gradient check passed: ..., or what is wrong, worst first
///
/// See ``checkGradients(of:at:named:options:_:)`` for what is checked.
public func checkGradients(
  of parameters: [Parameter], options: GradientCheckOptions = GradientCheckOptions(),
  _ function: @escaping (Tape) -> Variable
) -> GradientReport {
  checkGradients(of: parameters, at: [], options: options) { tape, _ in function(tape) }
}

/// Checks the derivatives of a function of named parameters, at their present values: what a module's traversal gives.
public func checkGradients(
  of parameters: some Sequence<(name: String, parameter: Parameter)>,
  options: GradientCheckOptions = GradientCheckOptions(), _ function: @escaping (Tape) -> Variable
) -> GradientReport {
  checkGradients(of: parameters, at: [], options: options) { tape, _ in function(tape) }
}

/// Checks the derivatives of a function of named parameters and of inputs.
public func checkGradients(
  of parameters: some Sequence<(name: String, parameter: Parameter)>, at inputs: [DenseArray],
  named names: [String] = [], options: GradientCheckOptions = GradientCheckOptions(),
  _ function: @escaping (Tape, [Variable]) -> Variable
) -> GradientReport {
  check(parameters.map { ($0.name, $0.parameter) }, named(inputs, names), isComplete: true, options, function)
}

/// Checks the derivatives of a function of inputs; int32 inputs are constants.
///
///     let report = checkGradients(at: [x, h]) { inputs in cell(inputs[0], inputs[1]) }
///
/// Parameters that the function uses are constants.
public func checkGradients(
  at inputs: [DenseArray], named names: [String] = [], options: GradientCheckOptions = GradientCheckOptions(),
  _ function: @escaping ([Variable]) -> Variable
) -> GradientReport {
  check([], named(inputs, names), isComplete: false, options) { _, inputs in function(inputs) }
}

/// Checks the derivatives of a function of parameters and inputs.
///
/// Everything is computed in float64 on copies: parameters and inputs stay as they are. Constants that the function makes
/// itself have to be of the tape's type.
///
/// First order: plain reverse sweeps, and forward sweeps, against five-point central differences, for each element of
/// arrays that are small and along at least three random directions for each one that is not; reverse against forward
/// sweeps by <u, Jv> = <J'u, v>. Second order: derivatives of the recorded gradient, by a reverse and by a forward sweep,
/// against five-point differences of plain gradients, and the symmetry of the Hessian. Where one-sided differences stay
/// apart the function has no derivative, and the check begins again at a point close by.
///
/// A parameter that the function uses and that is not given fails the check, with its name.
///
/// - Parameters:
///   - parameters: what the function reads through `tape.parameter`.
///   - inputs: what is passed to the function as variables; int32 arrays as constants.
///   - names: the inputs' names in the report; "input 0" and so on where there are none.
///   - options: the thoroughness and the tolerances.
///   - function: records the function on a tape and returns its output, of any shape.
/// - Returns: what was found. Cost: four or more runs for each element or direction, and twice as many sweeps.
public func checkGradients(
  of parameters: [Parameter], at inputs: [DenseArray], named names: [String] = [],
  options: GradientCheckOptions = GradientCheckOptions(), _ function: @escaping (Tape, [Variable]) -> Variable
) -> GradientReport {
  let named = parameters.enumerated().map { index, parameter in
    (parameter.name.isEmpty ? "parameter \(index)" : parameter.name, parameter)
  }
  return check(named, GradientChecking.named(inputs, names), isComplete: true, options, function)
}

private func named(_ inputs: [DenseArray], _ names: [String]) -> [(String, DenseArray)] {
  guard names.count <= inputs.count else { stop("checkGradients: \(names.count) names for \(inputs.count) inputs") }
  return inputs.enumerated().map { index, array in (index < names.count ? names[index] : "input \(index)", array) }
}

/// Checks at the given point, and at others as long as it meets kinks.
private func check(
  _ parameters: [(String, Parameter)], _ inputs: [(String, DenseArray)], isComplete: Bool,
  _ options: GradientCheckOptions, _ body: @escaping (Tape, [Variable]) -> Variable
) -> GradientReport {
  guard options.directions >= 3 else {
    stop("checkGradients: at least 3 random directions, not \(options.directions); one alone can miss an error")
  }
  guard options.order == 1 || options.order == 2 else { stop("checkGradients: order 1 or 2, not \(options.order)") }
  var arrays: [CheckedArray] = []
  var start: [Double] = []
  func append(_ name: String, _ array: DenseArray, _ parameter: Parameter?) {
    arrays.append(
      CheckedArray(
        name: name, shape: array.shape, range: start.count..<start.count + array.count, parameter: parameter))
    start += array.elements
  }
  var seen: Set<ObjectIdentifier> = []
  for (name, parameter) in parameters where seen.insert(ObjectIdentifier(parameter)).inserted {
    append(name, parameter.value, parameter)
  }
  var places: [CheckedFunction.Input] = []
  for (name, array) in inputs {
    if array.scalarType.isFloatingPoint {
      places.append(.array(arrays.count))
      append(name, array, nil)
    } else {
      places.append(.constant(array))
    }
  }
  let function = CheckedFunction(arrays: arrays, inputs: places, body: body)
  var report = GradientReport()
  let base = function.value(at: start)
  report.isStochastic = !isBitIdentical(base, function.value(at: start))
  for (index, value) in base.enumerated() where !value.isFinite { report.nonFiniteOutputs.append((index, value)) }
  report.hasNothingToCompare = arrays.isEmpty
  if isComplete { report.missing = missing(function, start, seen) }
  guard report.passed else { return report }
  run(function, options, start, &report)
  return report
}

private func isBitIdentical(_ a: [Double], _ b: [Double]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern }
}

/// The names of parameters that the function used and that are not checked.
private func missing(_ function: CheckedFunction, _ point: [Double], _ given: Set<ObjectIdentifier>) -> [String] {
  let output = function.record(point).output
  let gradients = function.tape.gradients(of: output.sum())
  return gradients.parameters.filter { !given.contains(ObjectIdentifier($0)) }.map { parameter in
    parameter.name.isEmpty ? "an unnamed parameter of shape \(parameter.shape)" : parameter.name
  }
}

private func run(
  _ function: CheckedFunction, _ options: GradientCheckOptions, _ start: [Double], _ report: inout GradientReport
) {
  var random = DirectionSource(seed: options.seed)
  var point = start
  var distance = 0.01
  while true {
    let base = function.value(at: point)
    if base.allSatisfy(\.isFinite) {
      var check = GradientCheck(function, options, at: point, random)
      check.checkFirstOrder(base: base)
      if options.order == 2, !check.metKink, check.failures.isEmpty { check.checkSecondOrder(base: base) }
      random = check.random
      report.comparisons += check.comparisons
      report.largestDifference = max(report.largestDifference, check.largestDifference)
      if !check.metKink {
        report.failures = check.failures.sorted { $0.relativeDifference > $1.relativeDifference }
        report.unused = function.arrays.filter { array in
          !array.range.isEmpty && array.range.allSatisfy { !check.influences.contains($0) }
        }.map(\.name)
        return
      }
    }
    guard report.resamples < options.resampleLimit else {
      report.hasKinkEverywhere = true
      return
    }
    report.resamples += 1
    point = start.map { $0 + distance * (1 + $0.magnitude) * random.symmetric() }
    distance *= 2
  }
}
