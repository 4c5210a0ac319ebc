internal import Autodiff
internal import DenseArrays
internal import Layers

/// A cell and an affine map of its outputs.
struct ReadoutModel: Module {
  let cell: any SequenceModel
  let readout: Linear

  /// A new model of a configuration's cell; cells and read-outs of one seed are drawn apart from each other.
  init(_ configuration: SessionConfiguration, inputSize: Int, outputSize: Int) {
    var random = configuration.random(for: .parameters)
    var cellRandom = random.split()
    var readoutRandom = random.split()
    cell = configuration.cell.makeModel(inputSize, configuration.hiddenSize, &cellRandom)
    readout = Linear(
      inputSize: cell.outputSize(inputSize: inputSize), outputSize: outputSize, using: &readoutRandom)
  }

  func parameterName(ofProperty property: String) -> String { property == "cell" ? "" : property }

  /// Makes the weights, and not the biases, that many times as large.
  func scaleWeights(by factor: Float) {
    for (_, parameter) in parameters where parameter.shape.rank > 1 {
      parameter.update { value in
        value.withUnsafeMutableElements(of: Float.self) { elements in
          for index in elements.indices { elements[index] *= factor }
        }
      }
    }
  }
}
