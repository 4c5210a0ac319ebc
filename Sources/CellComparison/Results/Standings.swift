/// How the cells of a task stand to each other.
public struct Standings: Sendable {
  /// One cell, with what it came to.
  public struct Entry: Sendable {
    /// The cell's name.
    public let cell: String
    /// Its hidden size.
    public let hiddenSize: Int
    /// Mean and spread over seeds of the values that there are; nil when all runs diverged.
    public let summary: Summary?
    /// The 95 % bootstrap interval of the mean, or nil for fewer than two values.
    public let interval: ClosedRange<Double>?
    /// The mean over seeds of its place among the cells, 1 for the best, ties sharing their places, runs that diverged
    /// last; nil when no seed has a run of every cell.
    public let meanRank: Double?
    /// The 95 % bootstrap interval of the mean rank, or nil for fewer than two such seeds.
    public let rankInterval: ClosedRange<Double>?
  }

  /// The task's name.
  public let task: String
  /// The cells in the order of the results.
  public let entries: [Entry]
  /// The number of seeds that have a run of every cell, from which ranks are made.
  public let rankedSeeds: Int
  /// Which differences the seeds support, in a line; nil for fewer than two cells.
  public let statement: String?

  /// The level at which a difference counts as supported.
  static let level = 0.05

  /// The standings of the groups of one task.
  init(_ groups: [ComparisonResults.Group]) {
    task = groups.first?.first.task ?? ""
    let ranks = Self.ranks(groups)
    entries = zip(groups, ranks).map { group, ranks in
      Entry(
        cell: group.first.cell, hiddenSize: group.first.hiddenSize, summary: group.summary,
        interval: Bootstrap.interval(ofMeanOf: group.values), meanRank: Summary(ranks)?.mean,
        rankInterval: Bootstrap.interval(ofMeanOf: ranks))
    }
    rankedSeeds = ranks.first?.count ?? 0
    statement = Self.statement(groups, entries.map(\.meanRank))
  }

  /// The mean ranks of each cell, one for each of several tasks, in the order of the first task's entries.
  ///
  /// None for a single task or cell, nor where a task lacks a cell: places among other cells are other places.
  static func ranksOverTasks(_ standings: [Standings]) -> [(cell: String, ranks: [Double])] {
    guard standings.count > 1, let cells = standings.first?.entries.map(\.cell), cells.count > 1,
      standings.allSatisfy({ $0.entries.map(\.cell) == cells && $0.rankedSeeds > 0 })
    else { return [] }
    return cells.indices.map { index in (cells[index], standings.compactMap { $0.entries[index].meanRank }) }
  }

  /// The place of each group among them, for each seed that has a run of every one.
  private static func ranks(_ groups: [ComparisonResults.Group]) -> [[Double]] {
    let seeds = groups.dropFirst().reduce(Set(groups.first?.runs.map(\.seed) ?? [])) {
      $0.intersection($1.runs.map(\.seed))
    }
    var ranks = groups.map { _ in [Double]() }
    for seed in seeds.sorted() {
      let scores = groups.map { $0.score(seed: seed) }
      for (index, score) in scores.enumerated() {
        let better = scores.count { $0 > score }
        let equal = scores.count { $0 == score }
        ranks[index].append(Double(better) + Double(equal + 1) / 2)
      }
    }
    return ranks
  }

  /// What the seeds say about the cell with the best mean rank beside each other one.
  private static func statement(_ groups: [ComparisonResults.Group], _ ranks: [Double?]) -> String? {
    let ranked = groups.indices.compactMap { index in ranks[index].map { (index, $0) } }
    guard groups.count >= 2, let leader = ranked.min(by: { $0.1 < $1.1 })?.0 else { return nil }
    let others = groups.indices.filter { $0 != leader }
    let differences = others.map { groups[leader].differences(from: groups[$0]) }
    let isSupported = SignFlips.holm(differences.map(SignFlips.pValue), level: level)
    let name = groups[leader].first.cell
    let rank = Decimals.rounded(ranks[leader] ?? 0, to: 1)
    let told = zip(others, isSupported).filter(\.1).map { groups[$0.0].first.cell }
    let notTold = zip(others, isSupported).filter { !$0.1 }.map { groups[$0.0].first.cell }
    var text = "\(name) has the best mean rank, \(rank) of \(groups.count)"
    let seeds = differences.map(\.count).max() ?? 0
    let needed = SignFlips.fewestSeeds(comparisons: others.count, level: level)
    if told.isEmpty, seeds < needed {
      let cells = others.count == 1 ? "another cell" : "any of \(others.count) cells"
      return text
        + "; \(seeds) \(seeds == 1 ? "seed" : "seeds") cannot tell it from \(cells), which takes at least \(needed)"
    }
    if !told.isEmpty { text += "; the seeds tell it from \(list(told))" }
    if !notTold.isEmpty { text += "; the seeds do not tell it from \(list(notTold))" }
    return text
  }

  /// Up to ten names, and how many more there are.
  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(10).joined(separator: ", ")
    return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
  }
}

extension ComparisonResults.Group {
  /// A seed's value so that more is better; a run that diverged is worse than any.
  fileprivate func score(seed: Int) -> Double {
    guard let run = runs.first(where: { $0.seed == seed }), let value = run.value else { return -.infinity }
    return run.metric.higherIsBetter ? value : -value
  }

  /// By how much this cell is better, for each seed of which both have a value.
  fileprivate func differences(from other: ComparisonResults.Group) -> [Double] {
    runs.map(\.seed).compactMap { seed in
      let (mine, others) = (score(seed: seed), other.score(seed: seed))
      return mine.isFinite && others.isFinite ? mine - others : nil
    }
  }
}
