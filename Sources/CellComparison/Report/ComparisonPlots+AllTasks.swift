extension ComparisonPlots {
  /// The means over the tasks of each cell's mean rank; nothing for a single task.
  static func ranksOverTasks(_ standings: [Standings]) -> Plot? {
    let rows = Standings.ranksOverTasks(standings).compactMap { cell, ranks in
      Summary(ranks).map {
        RankPlot.Row(name: cell, mean: $0.mean, interval: Bootstrap.interval(ofMeanOf: ranks))
      }
    }
    guard !rows.isEmpty else { return nil }
    return Plot(
      name: "all-tasks-ranks",
      drawing: RankPlot(
        title: "All tasks: ranks", label: "mean rank over \(standings.count) tasks, 1 is best", rows: rows
      ).drawing,
      note: "Each task counts the same. "
        + "Lines are between which 95 % of the means of resampled tasks are (10,000 draws).")
  }
}
