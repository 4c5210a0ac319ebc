internal import DenseArrays

/// What is done to a task's inputs before a net has them: (x - mean) * scale, for each feature.
struct FeatureTransform {
  /// What is subtracted from each feature.
  var means: [Float]
  /// What each feature is multiplied by then.
  var scales: [Float]

  /// The batch with its inputs transformed.
  func callAsFunction(_ batch: SequenceBatch) -> SequenceBatch {
    guard means.contains(where: { $0 != 0 }) || scales.contains(where: { $0 != 1 }) else { return batch }
    var inputs = batch.inputs
    inputs.withUnsafeMutableElements(of: Float.self) { elements in
      for index in elements.indices {
        let feature = index % scales.count
        elements[index] = (elements[index] - means[feature]) * scales[feature]
      }
    }
    return SequenceBatch(
      inputs: inputs, answers: batch.answers, weights: batch.weights, acceptable: batch.acceptable)
  }

  /// The mean of each feature: of each number of the last axis, over all others.
  static func means(of array: DenseArray) -> [Double] {
    let count = array.shape[array.shape.rank - 1]
    var sums = [Double](repeating: 0, count: count)
    for (index, element) in array.elements.enumerated() { sums[index % count] += element }
    return sums.map { $0 * Double(count) / Double(array.count) }
  }
}
