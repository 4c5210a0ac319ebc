internal import Autodiff
internal import DenseArrays
public import GradientChecking
internal import Layers

extension CellDescription {
  /// Checks the derivatives of a small cell of this kind, through a few time steps, with respect to parameters and inputs.
  ///
  ///     print(mine.checkGradients())
  ///
  /// Parameters are moved a little from where they start, because what starts at zero hides what it is multiplied by.
  ///
  /// - Parameters:
  ///   - inputSize: The input size; another one than the hidden size shows when the two are mistaken for each other.
  ///   - hiddenSize: The hidden size.
  ///   - steps: The time steps.
  ///   - batchSize: The sequences.
  ///   - seed: The seed of parameters and inputs.
  ///   - options: The thoroughness and the tolerances.
  /// - Returns: What was found.
  public func checkGradients(
    inputSize: Int = 3, hiddenSize: Int = 4, steps: Int = 3, batchSize: Int = 2, seed: Int = 1,
    options: GradientCheckOptions = GradientCheckOptions()
  ) -> GradientReport {
    var random = RandomSource(seed: UInt64(bitPattern: Int64(seed)))
    let model = makeModel(inputSize, hiddenSize, &random)
    let parameters = model.parameters
    for (_, parameter) in parameters {
      let change = DenseArray.normal(parameter.shape, standardDeviation: 0.1, .float64, using: &random)
      let moved = zip(parameter.value.elements, change.elements).map { $0 + $1 }
      parameter.value = DenseArray(moved, shape: parameter.shape).converted(to: parameter.scalarType)
    }
    let inputs = DenseArray.normal([steps, batchSize, inputSize], using: &random)
    return GradientChecking.checkGradients(of: parameters, at: [inputs], named: ["inputs"], options: options) {
      _, variables in
      model.outputs(for: variables[0], isTraining: false)
    }
  }
}
