public import Autodiff
public import DenseArrays
internal import Layers

/// A loss of a net's outputs whose Hessian H_L in the outputs is known, with a factor S such that H_L = S S'.
///
/// Squared errors, bits under sigmoid outputs and classes under softmax outputs: the losses that match their outputs, so that
/// H_L does not depend on the targets and is positive semidefinite. All are means, or weighted means, as the functions of
/// the same names compute them. The shape and the type of arrays are those of the outputs.
public struct OutputLoss: Sendable {
  private enum Kind { case squaredError, sigmoidCrossEntropy, softmaxCrossEntropy }

  private let kind: Kind
  private let targets: DenseArray
  private let weights: DenseArray?

  /// `meanSquaredError`: H_L = 2 w.
  public static func squaredError(targets: DenseArray, weights: DenseArray? = nil) -> OutputLoss {
    OutputLoss(kind: .squaredError, targets: targets, weights: weights)
  }

  /// `sigmoidCrossEntropy`: H_L = w p (1 - p).
  public static func sigmoidCrossEntropy(targets: DenseArray, weights: DenseArray? = nil) -> OutputLoss {
    OutputLoss(kind: .sigmoidCrossEntropy, targets: targets, weights: weights)
  }

  /// `softmaxCrossEntropy`: H_L = w (diag(p) - p p') for each row of classes.
  public static func softmaxCrossEntropy(labels: DenseArray, weights: DenseArray? = nil) -> OutputLoss {
    OutputLoss(kind: .softmaxCrossEntropy, targets: labels, weights: weights)
  }

  /// The loss, recorded on the tape of the outputs (logits for the cross entropies).
  public func callAsFunction(_ outputs: Variable) -> Variable {
    switch kind {
    case .squaredError:
      meanSquaredError(outputs, targets: targets.converted(to: outputs.scalarType), weights: weights)
    case .sigmoidCrossEntropy:
      Layers.sigmoidCrossEntropy(outputs, targets: targets.converted(to: outputs.scalarType), weights: weights)
    case .softmaxCrossEntropy: Layers.softmaxCrossEntropy(outputs, labels: targets, weights: weights)
    }
  }

  /// H_L v.
  public func hessianProduct(at outputs: DenseArray, _ vector: DenseArray) -> DenseArray {
    product(at: outputs, vector) { p, v, weight, result in
      switch kind {
      case .squaredError: for index in v.indices { result[index] = 2 * weight[index] * v[index] }
      case .sigmoidCrossEntropy:
        for index in v.indices { result[index] = weight[index] * p[index] * (1 - p[index]) * v[index] }
      case .softmaxCrossEntropy:
        let mean = zip(p, v).reduce(0) { $0 + $1.0 * $1.1 }
        for index in v.indices { result[index] = weight[index] * p[index] * (v[index] - mean) }
      }
    }
  }

  /// The diagonal of H_L, row-major.
  func hessianDiagonal(at outputs: DenseArray) -> [Double] {
    let p = probabilities(outputs.elements, rowSize(outputs.shape))
    return zip(p, normalizedWeights(outputs.shape)).map { p, weight in
      kind == .squaredError ? 2 * weight : weight * p * (1 - p)
    }
  }

  /// S z, where H_L = S S'.
  ///
  /// S is sqrt(2 w), sqrt(w p (1 - p)), and sqrt(w) (diag(sqrt p) - p sqrt(p)'). Source: Chapelle and Erhan, "Improved
  /// preconditioner for Hessian free optimization", 2011, section 3.
  public func factorProduct(at outputs: DenseArray, _ vector: DenseArray) -> DenseArray {
    product(at: outputs, vector) { p, z, weight, result in
      switch kind {
      case .squaredError: for index in z.indices { result[index] = (2 * weight[index]).squareRoot() * z[index] }
      case .sigmoidCrossEntropy:
        for index in z.indices { result[index] = (weight[index] * p[index] * (1 - p[index])).squareRoot() * z[index] }
      case .softmaxCrossEntropy:
        let sum = zip(p, z).reduce(0) { $0 + $1.0.squareRoot() * $1.1 }
        for index in z.indices {
          result[index] = weight[index].squareRoot() * (p[index].squareRoot() * z[index] - p[index] * sum)
        }
      }
    }
  }

  /// Targets drawn from what the net predicts: y + a normal number of variance 1/2 for squared errors, bits, or labels.
  ///
  /// The loss is then a negative log-likelihood (up to a constant) of its own samples, as Sophia-G wants it.
  public func sampled(at outputs: DenseArray, using random: inout RandomSource) -> OutputLoss {
    let values = outputs.elements
    switch kind {
    case .squaredError:
      let noise = DenseArray.normal(
        outputs.shape, standardDeviation: 0.5.squareRoot(), .float64, using: &random
      ).elements
      return OutputLoss.squaredError(
        targets: DenseArray(zip(values, noise).map { $0 + $1 }, shape: outputs.shape), weights: weights)
    case .sigmoidCrossEntropy:
      let uniform = DenseArray.uniform(outputs.shape, .float64, using: &random).elements
      let bits = zip(probabilities(values, 1), uniform).map { $0 > $1 ? 1.0 : 0 }
      return OutputLoss.sigmoidCrossEntropy(targets: DenseArray(bits, shape: outputs.shape), weights: weights)
    case .softmaxCrossEntropy:
      let classes = rowSize(outputs.shape)
      let p = probabilities(values, classes)
      let uniform = DenseArray.uniform(targets.shape, .float64, using: &random).elements
      let labels = uniform.enumerated().map { row, value -> Int32 in
        var rest = value
        for index in 0..<classes {
          rest -= p[row * classes + index]
          if rest < 0 { return Int32(index) }
        }
        return Int32(classes - 1)
      }
      return OutputLoss.softmaxCrossEntropy(labels: DenseArray(labels, shape: targets.shape), weights: weights)
    }
  }

  /// The number of rows that the mean is taken over, as an effective number: 1 / sum w^2 for normalised weights w.
  func exampleCount(_ shape: Shape) -> Double {
    let weights = normalizedWeights(shape)
    let size = rowSize(shape)
    var sum = 0.0
    for index in stride(from: 0, to: weights.count, by: size) { sum += weights[index] * weights[index] }
    return sum > 0 ? 1 / sum : 1
  }

  /// The elements that belong together: all classes of a row, or each by itself.
  private func rowSize(_ shape: Shape) -> Int { kind == .softmaxCrossEntropy ? shape[shape.rank - 1] : 1 }

  private func probabilities(_ outputs: [Double], _ classes: Int) -> [Double] {
    switch kind {
    case .squaredError: return outputs
    case .sigmoidCrossEntropy: return outputs.map { 1 / (1 + exponential(-$0)) }
    case .softmaxCrossEntropy:
      var result = outputs
      for start in stride(from: 0, to: outputs.count, by: classes) {
        let row = outputs[start..<start + classes]
        let largest = row.max() ?? 0
        let powers = row.map { exponential($0 - largest) }
        let sum = powers.reduce(0, +)
        for index in 0..<classes { result[start + index] = powers[index] / sum }
      }
      return result
    }
  }

  /// The share of each element in the mean.
  private func normalizedWeights(_ shape: Shape) -> [Double] {
    let rows = shape.count / rowSize(shape)
    guard let weights else { return Array(repeating: 1 / Double(rows), count: shape.count) }
    let values = weights.elements
    let share = shape.count / max(values.count, 1)
    let scale = 1 / (values.reduce(0, +) * Double(rows) / Double(values.count))
    return (0..<shape.count).map { values[$0 / share] * scale }
  }

  /// Runs `row` over each row: probabilities, vector, weights, result.
  private func product(
    at outputs: DenseArray, _ vector: DenseArray,
    _ row: (ArraySlice<Double>, ArraySlice<Double>, ArraySlice<Double>, inout [Double]) -> Void
  ) -> DenseArray {
    guard outputs.shape == vector.shape else {
      stop("OutputLoss: a vector of shape \(vector.shape) for outputs of shape \(outputs.shape)")
    }
    let size = rowSize(outputs.shape)
    let p = probabilities(outputs.elements, size)
    let (v, weights) = (vector.elements, normalizedWeights(outputs.shape))
    var result = [Double](repeating: 0, count: v.count)
    for start in stride(from: 0, to: v.count, by: size) {
      let range = start..<start + size
      row(p[range], v[range], weights[range], &result)
    }
    return DenseArray(result, shape: outputs.shape).converted(to: outputs.scalarType)
  }
}
