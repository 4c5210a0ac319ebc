public import DenseArrays
internal import Layers

/// Another estimator's samples, averaged over blocks of neighbouring elements: less noise, and one curvature a block.
///
/// The blocks are `size` elements of one parameter, row-major; the last one of a parameter may be smaller. Unbiased for the
/// mean of the diagonal over a block, where the other estimator is for the diagonal. Source: Yao et al., "AdaHessian: an
/// adaptive second order optimizer for machine learning", 2021 ("spatial averaging"); the program that they published
/// averages magnitudes.
public struct BlockAverage: CurvatureEstimator {
  /// What is averaged.
  public let base: any CurvatureEstimator
  /// The elements of a block.
  public let size: Int

  /// Averages of another estimator's samples; a size below 1 stops.
  public init(of base: any CurvatureEstimator, size: Int) {
    guard size > 0 else { stop("BlockAverage: a size of \(size); expected at least 1") }
    self.base = base
    self.size = size
  }

  public var exponent: Double { base.exponent }

  public func sample(_ recorded: RecordedLoss, using random: inout RandomSource) -> [DenseArray] {
    base.sample(recorded, using: &random).map { array in
      var elements = array.elements
      for start in stride(from: 0, to: elements.count, by: size) {
        let block = start..<min(start + size, elements.count)
        let mean = elements[block].reduce(0, +) / Double(block.count)
        for index in block { elements[index] = mean }
      }
      return DenseArray(elements, shape: array.shape).converted(to: array.scalarType)
    }
  }
}
