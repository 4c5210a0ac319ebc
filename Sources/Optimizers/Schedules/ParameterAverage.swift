internal import Autodiff
public import DenseArrays
public import Layers

/// A running average of parameters, which is often better than the last ones.
///
///     var average = ParameterAverage(model.parameters)
///     for batch in batches { ...; average.record() }
///     average.withAverages { evaluate(model) }
///
/// Source: Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
public struct ParameterAverage: SavableState {
  /// How recorded values are weighed.
  public enum Weighting: Hashable, Sendable {
    /// All alike.
    case uniform
    /// `decay` of the average is kept at each record; the start is corrected, so that the weights sum to 1.
    case exponential(decay: Double)
  }

  /// The parameters that are averaged.
  public let parameters: NamedParameters
  /// How recorded values are weighed.
  public let weighting: Weighting
  /// How often values were recorded.
  public private(set) var count: Int = 0
  private var sums: [DenseArray]

  /// An average of nothing yet; a decay outside of 0 ..< 1 stops.
  public init(_ parameters: NamedParameters, weighting: Weighting = .uniform) {
    if case .exponential(let decay) = weighting { checkShare(decay, "decay") }
    self.parameters = parameters
    self.weighting = weighting
    sums = parameters.map { DenseArray(zeros: $0.parameter.shape, .float64) }
  }

  /// Adds the parameters' values as they are now.
  public mutating func record() {
    count += 1
    let share =
      switch weighting {
      case .uniform: 1 / Double(count)
      case .exponential(let decay): 1 - decay
      }
    for index in sums.indices {
      let values = parameters[index].parameter.value.converted(to: .float64)
      values.withUnsafeElements(of: Double.self) { values in
        sums[index].withUnsafeMutableElements(of: Double.self) { sums in
          for position in sums.indices { sums[position] += share * (values[position] - sums[position]) }
        }
      }
    }
  }

  /// The averages in the order of the parameters and in their types; before anything is recorded this stops.
  public var averages: [DenseArray] {
    guard count > 0 else { stop("ParameterAverage: nothing was recorded") }
    var scale = 1.0
    if case .exponential(let decay) = weighting { scale = 1 / (1 - integerPower(decay, count)) }
    return zip(sums, parameters).map { sum, element in
      DenseArray(sum.elements.map { $0 * scale }, shape: sum.shape).converted(to: element.parameter.scalarType)
    }
  }

  /// Runs `body` with the averages as the parameters' values, and puts the values back.
  public func withAverages<Result>(_ body: () throws -> Result) rethrows -> Result {
    let averages = averages
    let values = parameters.map { $0.parameter.value }
    for (element, average) in zip(parameters, averages) { element.parameter.value = average }
    defer { for (element, value) in zip(parameters, values) { element.parameter.value = value } }
    return try body()
  }

  /// The state by name, to be saved.
  public var state: [(name: String, array: DenseArray)] {
    SavedState.arrays(count, of: parameters, [("average", sums)])
  }

  /// Goes on from a saved state; one that does not fit is thrown before anything is changed.
  public mutating func load(_ state: [(name: String, array: DenseArray)]) throws(StateError) {
    let saved = try SavedState.load(state, of: parameters, [("average", sums)])
    count = saved.stepCount
    sums = saved.arrays
  }
}
