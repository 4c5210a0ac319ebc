public import DenseArrays
public import Layers

/// Halves the learning rate when a loss has stopped falling.
///
///     var plateau = PlateauDecay(patience: 5)
///     optimizer.learningRate *= plateau.factor(after: validationLoss)
///
/// A learning rate is a setting and no part of an optimizer's state: a restored training begins with
/// `optimizer.learningRate *= plateau.product`.
///
/// A loss that is not below the best one so far by the relative `threshold` is a bad one, and so is NaN; the factor is
/// `factor` after more than `patience` bad ones in a row, and else 1.
public struct PlateauDecay: SavableState, Sendable {
  /// What the learning rate is multiplied by.
  public let factor: Double
  /// How many bad losses in a row are let pass.
  public let patience: Int
  /// The relative improvement that counts.
  public let threshold: Double
  /// The lowest loss so far.
  public private(set) var best: Double = .infinity
  /// The bad losses since.
  public private(set) var badCount: Int = 0
  /// The product of all factors so far.
  public private(set) var product: Double = 1

  /// A decay; a factor outside of 0 ..< 1 or a negative patience or threshold stops.
  public init(factor: Double = 0.5, patience: Int = 0, threshold: Double = 1e-4) {
    guard factor >= 0, factor < 1, patience >= 0, threshold >= 0 else {
      stop("PlateauDecay: factor \(factor), patience \(patience), threshold \(threshold)")
    }
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
  }

  /// The factor on the learning rate after another loss.
  public mutating func factor(after loss: Double) -> Double {
    if loss < best - threshold * (best.isFinite ? abs(best) : 0) {
      best = loss
      badCount = 0
      return 1
    }
    badCount += 1
    guard badCount > patience else { return 1 }
    badCount = 0
    product *= factor
    return factor
  }

  /// The state by name, to be saved.
  public var state: [(name: String, array: DenseArray)] {
    [
      ("best", DenseArray(scalar: best, .float64)),
      ("badCount", DenseArray([Int32(clamping: badCount)], shape: [])),
      ("product", DenseArray(scalar: product, .float64)),
    ]
  }

  /// Goes on from a saved state; one that does not fit is thrown before anything is changed.
  public mutating func load(_ state: [(name: String, array: DenseArray)]) throws(StateError) {
    let values = try StateError.match(
      state, to: [("best", [], .float64), ("badCount", [], .int32), ("product", [], .float64)]
    ).map(\.item)
    guard !values[0].isNaN else { throw .value(name: "best", expected: "a number", found: values[0]) }
    guard values[1] >= 0 else { throw .value(name: "badCount", expected: "at least 0", found: values[1]) }
    guard (0...1).contains(values[2]) else { throw .value(name: "product", expected: "0 to 1", found: values[2]) }
    (best, badCount, product) = (values[0], Int(values[1]), values[2])
  }
}
