internal import Autodiff
internal import DenseArrays

/// An array of the point at which a function is checked.
struct CheckedArray {
  let name: String
  let shape: Shape
  /// Its elements' places among all elements of the point.
  let range: Range<Int>
  /// The parameter that it is the value of; nil for an input.
  let parameter: Parameter?

  /// The index of an element, given its place among all elements of the point.
  func index(of position: Int) -> [Int] {
    var remaining = position - range.lowerBound
    var index = [Int](repeating: 0, count: shape.rank)
    for axis in (0..<shape.rank).reversed() {
      index[axis] = remaining % shape[axis]
      remaining /= shape[axis]
    }
    return index
  }
}

/// A function of one long vector, made of a function of parameters and inputs, with its sweeps.
struct CheckedFunction {
  let arrays: [CheckedArray]
  /// Inputs in order: places in `arrays`, or constants (int32).
  let inputs: [Input]
  let body: (Tape, [Variable]) -> Variable
  let tape = Tape(scalarType: .float64)

  enum Input {
    case array(Int)
    case constant(DenseArray)
  }

  /// The number of elements of the point.
  var count: Int { arrays.last?.range.upperBound ?? 0 }

  /// Records the function at a point.
  func record(_ point: [Double]) -> (output: Variable, variables: [Variable]) {
    tape.reset()
    var variables = [Variable?](repeating: nil, count: arrays.count)
    for (position, array) in arrays.enumerated() {
      let value = DenseArray(point[array.range], shape: array.shape)
      if let parameter = array.parameter {
        tape.bind(parameter, to: value)
      } else {
        variables[position] = tape.variable(value, named: array.name)
      }
    }
    let given = inputs.map { input -> Variable in
      switch input {
      case .array(let position): variables[position] ?? tape.zeros([])
      case .constant(let array): tape.constant(array)
      }
    }
    let output = body(tape, given)
    // A parameter that the function did not use becomes a leaf here, with a gradient of zero.
    let all = zip(arrays, variables).map { array, variable -> Variable in
      if let variable { return variable }
      return array.parameter.map { tape.parameter($0) } ?? tape.zeros(array.shape)
    }
    return (output, all)
  }

  /// The function's value.
  func value(at point: [Double]) -> [Double] { record(point).output.value.elements }

  /// The gradient of <weights, f>, or of the only output when nil.
  func gradient(at point: [Double], weights: [Double]?) -> [Double] {
    let recording = record(point)
    return transposedProduct(recording, weights)
  }

  /// J'u at a recorded point.
  func transposedProduct(_ recording: (output: Variable, variables: [Variable]), _ u: [Double]?) -> [Double] {
    let seed = DenseArray(u ?? [1], shape: recording.output.shape)
    return flat(tape.gradients(of: [recording.output], seeds: [seed], withRespectTo: recording.variables))
  }

  /// Jv at a recorded point.
  func product(_ recording: (output: Variable, variables: [Variable]), _ v: [Double]) -> [Double] {
    tape.tangents(of: [recording.output], along: recording.variables, tangents: split(v))[0].elements
  }

  /// A long vector as arrays of the point's shapes.
  func split(_ vector: [Double]) -> [DenseArray] {
    arrays.map { DenseArray(vector[$0.range], shape: $0.shape) }
  }

  /// Arrays of the point's shapes as one long vector.
  func flat(_ values: [DenseArray]) -> [Double] { values.flatMap(\.elements) }

  /// The array and the index of an element of the point.
  func place(of position: Int) -> (name: String, index: [Int]) {
    guard let array = arrays.first(where: { $0.range.contains(position) }) else { return ("", []) }
    return (array.name, array.index(of: position))
  }
}
