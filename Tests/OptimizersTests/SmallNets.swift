import Autodiff
import DenseArrays
import Layers
import Optimizers
import Testing

/// Nets of a few float64 parameters, with losses that match their outputs.
struct SmallNet: CustomTestStringConvertible, @unchecked Sendable {
  let testDescription: String
  let parameters: NamedParameters
  let record: (Tape) -> RecordedLoss

  /// A recording on a new tape.
  func recorded() -> RecordedLoss { record(Tape(scalarType: .float64)) }

  /// An affine map of 2 x 2 inputs to 3 classes: 9 parameters.
  static func softmaxRegression() -> SmallNet {
    var random = RandomSource(seed: 3)
    let layer = Linear(inputSize: 2, outputSize: 3, using: &random)
    layer.convert(to: .float64)
    let inputs = DenseArray.normal([2, 2], .float64, using: &random)
    let labels = DenseArray([2, 0] as [Int32], shape: [2])
    return SmallNet(testDescription: "softmax regression", parameters: layer.parameters) { tape in
      RecordedLoss(layer(tape.constant(inputs)), .softmaxCrossEntropy(labels: labels), of: layer.parameters)
    }
  }

  /// A linear model with a squared error: 6 parameters, whose Gauss-Newton matrix is the Hessian.
  static func linearRegression() -> SmallNet {
    var random = RandomSource(seed: 4)
    let layer = Linear(inputSize: 2, outputSize: 2, using: &random)
    layer.convert(to: .float64)
    let inputs = DenseArray.normal([6, 2], .float64, using: &random)
    let targets = DenseArray.normal([6, 2], .float64, using: &random)
    return SmallNet(testDescription: "linear regression", parameters: layer.parameters) { tape in
      RecordedLoss(layer(tape.constant(inputs)), .squaredError(targets: targets), of: layer.parameters)
    }
  }

  /// A tanh layer under sigmoid outputs, with weights of the examples: 13 parameters.
  static func perceptron(isWeighted: Bool = true) -> SmallNet {
    struct Model: Module {
      let first: Linear
      let second: Linear
    }
    var random = RandomSource(seed: 5)
    let model = Model(
      first: Linear(inputSize: 2, outputSize: 3, using: &random),
      second: Linear(inputSize: 3, outputSize: 1, using: &random))
    model.convert(to: .float64)
    let inputs = DenseArray.normal([4, 2], .float64, using: &random)
    let targets = DenseArray([1, 0, 0.25, 1] as [Double], shape: [4, 1])
    let weights = isWeighted ? DenseArray([1, 2, 0.5, 1] as [Double], shape: [4]) : nil
    return SmallNet(testDescription: "perceptron", parameters: model.parameters) { tape in
      let x = tape.constant(inputs)
      let a = model.first(x)
      let h = tanh(a)
      let outputs = model.second(h)
      return RecordedLoss(
        outputs, .sigmoidCrossEntropy(targets: targets, weights: weights), of: model.parameters,
        affineMaps: [
          RecordedAffineMap(inputs: x, outputs: a, weights: model.first.weights, bias: model.first.bias),
          RecordedAffineMap(inputs: h, outputs: outputs, weights: model.second.weights, bias: model.second.bias),
        ])
    }
  }

  /// A tanh layer under a squared error: 9 parameters, whose Hessian is not the Gauss-Newton matrix.
  static func curved() -> SmallNet {
    struct Model: Module {
      let first: Linear
      let second: Linear
    }
    var random = RandomSource(seed: 7)
    let model = Model(
      first: Linear(inputSize: 2, outputSize: 2, using: &random),
      second: Linear(inputSize: 2, outputSize: 1, using: &random))
    model.convert(to: .float64)
    let inputs = DenseArray.normal([4, 2], .float64, using: &random)
    let targets = DenseArray.normal([4, 1], standardDeviation: 2, .float64, using: &random)
    return SmallNet(testDescription: "curved", parameters: model.parameters) { tape in
      RecordedLoss(
        model.second(tanh(model.first(tape.constant(inputs)))), .squaredError(targets: targets), of: model.parameters)
    }
  }

  /// A GRU over some steps under three classes at each step: 35 parameters.
  static func recurrent(steps: Int = 4, batch: Int = 2) -> SmallNet {
    struct Model: Module {
      let layer: Recurrent<GRU>
      let readout: Linear
    }
    var random = RandomSource(seed: 6)
    let model = Model(
      layer: Recurrent(GRU(inputSize: 1, hiddenSize: 2, using: &random)),
      readout: Linear(inputSize: 2, outputSize: 3, using: &random))
    model.convert(to: .float64)
    let inputs = DenseArray.normal([steps, batch, 1], .float64, using: &random)
    let labels = DenseArray.uniformIntegers([steps, batch], in: 0..<3, using: &random)
    return SmallNet(testDescription: "GRU over \(steps) steps", parameters: model.parameters) { tape in
      let states = model.layer(tape.constant(inputs)).outputs
      return RecordedLoss(
        model.readout(states), .softmaxCrossEntropy(labels: labels), of: model.parameters, hiddenStates: states)
    }
  }

  static func all() -> [SmallNet] { [softmaxRegression(), linearRegression(), perceptron(), recurrent()] }
}

/// A matrix as its rows.
typealias Rows = [[Double]]

extension RecordedLoss {
  /// The Jacobian of a variable, row by row, by reverse sweeps.
  func jacobian(of output: Variable) -> Rows {
    (0..<output.count).map { index in
      var unit = [Double](repeating: 0, count: output.count)
      unit[index] = 1
      let seed = DenseArray(unit, shape: output.shape)
      return tape.gradients(of: [output], seeds: [seed], withRespectTo: variables).flatMap(\.elements)
    }
  }

  /// The Hessian, row by row: reverse sweeps over a recorded reverse sweep.
  func explicitHessian() -> Rows {
    let gradients = tape.recordedGradients(of: loss, withRespectTo: variables)
    return gradients.flatMap { jacobian(of: $0) }
  }

  /// A flat vector as arrays like the parameters.
  func arrays(_ vector: [Double]) -> [DenseArray] {
    var start = 0
    return variables.map { variable in
      defer { start += variable.count }
      return DenseArray(vector[start..<start + variable.count], shape: variable.shape)
    }
  }
}

/// J' H J.
func congruence(_ jacobian: Rows, _ hessian: Rows) -> Rows {
  let count = jacobian[0].count
  var result = Rows(repeating: [Double](repeating: 0, count: count), count: count)
  for (a, left) in jacobian.enumerated() {
    for (b, right) in jacobian.enumerated() where hessian[a][b] != 0 {
      for i in 0..<count { for j in 0..<count { result[i][j] += left[i] * hessian[a][b] * right[j] } }
    }
  }
  return result
}

func apply(_ matrix: Rows, _ vector: [Double]) -> [Double] {
  matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
}

func areClose(_ first: [Double], _ second: [Double], _ tolerance: Double) -> Bool {
  first.count == second.count
    && zip(first, second).allSatisfy { abs($0 - $1) <= tolerance * (1 + abs($0) + abs($1)) }
}
