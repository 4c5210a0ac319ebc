public import DenseArrays
public import Layers

/// Halves the learning rate when a loss has stopped falling.
///
///     var plateau = PlateauDecay(patience: 5)
///     optimizer.learningRate *= plateau.factor(after: validationLoss)
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
    return factor
  }

  /// The state by name, to be saved.
  public var state: [(name: String, array: DenseArray)] {
    [
      ("best", DenseArray(scalar: best, .float64)),
      ("badCount", DenseArray([Int32(clamping: badCount)], shape: [])),
    ]
  }

  /// Goes on from a saved state; one that does not fit is thrown before anything is changed.
  public mutating func load(_ state: [(name: String, array: DenseArray)]) throws(StateError) {
    let values = try StateError.match(state, to: [("best", [], .float64), ("badCount", [], .int32)])
    guard values[1].item >= 0 else { throw .value(name: "badCount", expected: "at least 0", found: values[1].item) }
    best = values[0].item
    badCount = Int(values[1].item)
  }
}
