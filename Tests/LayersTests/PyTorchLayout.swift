import DenseArrays
import Testing

/// Where our parameters are in those of PyTorch's own layers.
///
/// PyTorch stacks the gates' weights along the first axis and has two biases a gate. Where ours has one it is their sum, and
/// the gradient of each of theirs is the gradient of ours.
struct PyTorchLayout {
  /// Our gates in PyTorch's order.
  let gates: [String]
  /// The gate that keeps both biases.
  var gateWithTwoBiases: String?

  static let elman = PyTorchLayout(gates: ["hidden"])
  static let lstm = PyTorchLayout(gates: ["input", "forget", "candidate", "output"])
  static let gru = PyTorchLayout(gates: ["reset", "update", "candidate"], gateWithTwoBiases: "candidate")

  /// The arrays of PyTorch's layer `suffix` by our names; `summed` says whether biases become one by addition (values) or
  /// are the same on both sides (gradients).
  func arrays(_ fixture: Fixture, suffix: String, areGradients: Bool) throws -> [(name: String, array: DenseArray)] {
    let inputWeights = try fixture["weight_ih_\(suffix)"].array
    let recurrentWeights = try fixture["weight_hh_\(suffix)"].array
    let inputBias = try fixture["bias_ih_\(suffix)"].array
    let recurrentBias = try fixture["bias_hh_\(suffix)"].array
    let size = inputBias.shape[0] / gates.count
    var result: [(name: String, array: DenseArray)] = []
    for (index, gate) in gates.enumerated() {
      let rows = index * size..<(index + 1) * size
      result.append(("\(gate).inputWeights", inputWeights.slice(rows)))
      result.append(("\(gate).recurrentWeights", recurrentWeights.slice(rows)))
      let biases = (inputBias.slice(rows), recurrentBias.slice(rows))
      if gate == gateWithTwoBiases {
        result.append(("\(gate).bias", biases.0))
        result.append(("\(gate).recurrentBias", biases.1))
      } else if areGradients {
        expectClose(biases.0, biases.1, tolerance: 1e-12, gate)
        result.append(("\(gate).bias", biases.0))
      } else {
        let sum = zip(biases.0.elements, biases.1.elements).map { $0 + $1 }
        result.append(("\(gate).bias", DenseArray(sum, shape: [size])))
      }
    }
    return result
  }
}
