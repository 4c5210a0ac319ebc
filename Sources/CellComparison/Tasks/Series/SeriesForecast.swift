public import DenseArrays

/// A later number of a series, asked for at each step of a window in which the numbers so far are put in.
///
/// Numbers are those of the series less the mean and divided by the standard deviation of its training part. In the first
/// half of a window nothing is asked for: a net has to see something first. Those numbers may be of an earlier part of the
/// series; what is asked for is of the part alone.
public struct SeriesForecast: SequenceProblem {
  /// The series.
  public let series: TimeSeries
  /// The positions of the numbers that are asked for.
  public let part: Range<Int>
  /// By how many steps what is asked for comes later.
  public let horizon: Int
  /// The steps at which something is asked for, and the steps before them.
  public let window: Int

  private let numbers: [Float]

  /// The problem; a horizon or window below 1, and a part that has no number with a whole window before it, stop.
  public init(_ series: TimeSeries, part: Range<Int>, horizon: Int, window: Int) {
    guard horizon >= 1, window >= 1, part.upperBound <= series.values.count,
      part.upperBound - max(part.lowerBound, window + horizon) >= window
    else {
      stop(
        "SeriesForecast: windows of 2 x \(window) steps, \(horizon) ahead, in \(part) of \(series.values.count) numbers"
      )
    }
    self.series = series
    self.part = part
    self.horizon = horizon
    self.window = window
    let (mean, deviation) = series.trainingMoments
    numbers = series.values.map { Float(($0 - mean) / deviation) }
  }

  /// By how many steps, at most, what is asked for can come later: one window of one step has to be left for the training.
  static func longestHorizon(_ series: TimeSeries) -> Int { series.training.count - 2 }

  /// The longest window, at most `wanted`, with which every part of a series has at least one number to ask for.
  static func fittingWindow(_ series: TimeSeries, horizon: Int, wanted: Int) -> Int {
    let shortest = min(series.heldOut.count, series.test.count)
    return max(1, min(wanted, shortest, (series.training.count - horizon) / 2))
  }

  public var inputSize: Int { 1 }
  public var outputSize: Int { 1 }

  /// The positions of the first numbers that windows may ask for.
  private var starts: ClosedRange<Int> { max(part.lowerBound, window + horizon)...part.upperBound - window }

  public func batch(count: Int, using random: inout RandomSource) -> SequenceBatch {
    batch((0..<count).map { _ in random.number(in: starts) })
  }

  /// Windows that ask for each number of the part once, but for the last one, which ends at the part's end and asks again
  /// for some.
  public func testBatches(using random: inout RandomSource) -> [SequenceBatch] {
    var firsts = Array(stride(from: starts.lowerBound, through: starts.upperBound, by: window))
    if firsts.last != starts.upperBound { firsts.append(starts.upperBound) }
    return [batch(firsts)]
  }

  private func batch(_ firsts: [Int]) -> SequenceBatch {
    let (steps, count) = (2 * window, firsts.count)
    var inputs = [Float](repeating: 0, count: steps * count)
    var targets = [Float](repeating: 0, count: window * count)
    for (row, first) in firsts.enumerated() {
      // The last input is `horizon` before the last number that is asked for.
      let start = first - window - horizon
      for step in 0..<steps { inputs[step * count + row] = numbers[start + step] }
      for step in 0..<window { targets[step * count + row] = numbers[first + step] }
    }
    return SequenceBatch(
      inputs: DenseArray(inputs, shape: [steps, count, 1]),
      answers: .numbers(DenseArray(targets, shape: [window, count, 1])))
  }

  /// The root of the mean squared error on the test's numbers of a guess: the training part's mean, or the last number put
  /// in.
  func guessError(repeatsLast: Bool) -> Double {
    let targets = starts.lowerBound..<part.upperBound
    let squares = targets.reduce(0.0) { sum, target in
      let error = Double(numbers[target]) - (repeatsLast ? Double(numbers[target - horizon]) : 0)
      return sum + error * error
    }
    return (squares / Double(targets.count)).squareRoot()
  }
}
