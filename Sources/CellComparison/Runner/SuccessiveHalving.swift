/// A search for the best of some candidates by trials that grow longer as candidates are dropped.
///
/// In each round every candidate that is left makes a trial, and the better half goes on to trials twice as long, until one
/// is left: all rounds cost the same. Source: Jamieson and Talwalkar, "Non-stochastic best arm identification and
/// hyperparameter optimization", 2016, with trials that begin anew.
struct SuccessiveHalving: Hashable, Sendable {
  /// The number of candidates at the start, a power of two.
  let candidates: Int
  /// The steps of all trials together, at most.
  let budget: Int

  /// The rounds: how many candidates are left, and the steps of a trial, at least 1.
  var rounds: [(candidates: Int, steps: Int)] {
    var rounds: [(Int, Int)] = []
    var left = candidates
    let count = candidates.trailingZeroBitCount
    while left > 1 {
      rounds.append((left, max(1, budget / (count * left))))
      left /= 2
    }
    return rounds
  }

  /// The better half of the candidates that made trials, in their order; of equal ones the earlier is better.
  ///
  /// - Parameter scores: A trial's score, more is better; nil for one that diverged, which is worse than any.
  static func survivors(_ scores: [Double?]) -> [Int] {
    let ranked = scores.indices.sorted { first, second in
      let (a, b) = (scores[first] ?? -.infinity, scores[second] ?? -.infinity)
      return a != b ? a > b : first < second
    }
    return ranked.prefix(max(1, scores.count / 2)).sorted()
  }
}

/// The learning rates that a comparison tries for each cell and task.
public struct LearningRateSearch: Hashable, Sendable {
  /// The steps of all trials of a cell on a task together; nil for as many as a run has.
  public var budget: Int?

  /// A search with a budget of steps.
  public init(budget: Int? = nil) { self.budget = budget }

  /// What the task's own learning rate is multiplied by.
  public static let factors: [Double] = [0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8]

  /// The seed of all trials, which no run has.
  static let seed = 1 << 40
}
