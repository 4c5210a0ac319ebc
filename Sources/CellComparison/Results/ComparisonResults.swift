/// The results of a comparison, in the order of its tasks, cells and seeds.
public struct ComparisonResults: Sendable {
  /// A result for each run that ended.
  public let runs: [RunResult]
  /// The trials of the search for learning rates.
  public let trials: [RunResult]

  /// Results of runs, and of trials if there was a search for learning rates.
  public init(runs: [RunResult], trials: [RunResult] = []) {
    self.runs = runs
    self.trials = trials
  }

  /// The runs of one cell on one task.
  struct Group {
    let runs: [RunResult]
    var first: RunResult { runs[0] }
    var values: [Double] { runs.compactMap(\.value) }
    var summary: Summary? { Summary(values) }
  }

  /// The runs by task and cell, in order.
  var groups: [Group] {
    var keys: [[String]] = []
    var members: [[String]: [RunResult]] = [:]
    for run in runs {
      let key = [
        run.task, run.setting.taskSettings, run.cell, run.variant, String(run.hiddenSize),
        "\(run.setting.learningRate)",
      ]
      if members[key] == nil { keys.append(key) }
      members[key, default: []].append(run)
    }
    return keys.compactMap { members[$0].map(Group.init(runs:)) }
  }

  /// The groups of each task, in order.
  private var groupsByTask: [[Group]] {
    var tasks: [String] = []
    var members: [String: [Group]] = [:]
    for group in groups {
      if members[group.first.task] == nil { tasks.append(group.first.task) }
      members[group.first.task, default: []].append(group)
    }
    return tasks.compactMap { members[$0] }
  }

  /// How the cells stand to each other, task by task.
  public var standings: [Standings] { groupsByTask.map(Standings.init) }

  /// The results as tables for people: a line a task and cell, what the seeds say, then what was measured beside the metrics.
  public var text: String {
    guard !runs.isEmpty else { return "" }
    var table = TextTable([
      .left("task"), .left("cell"), .right("hidden"), .right("parameters"), .right("rate"), .left("metric"),
      .right("mean"), .right("spread"), .right("95 % of means"), .right("rank"), .right("seeds"), .right("steps/s"),
      .left("remarks"),
    ])
    let standings = standings
    for (groups, standing) in zip(groupsByTask, standings) {
      for (group, entry) in zip(groups, standing.entries) { table.append(row(of: group, entry)) }
    }
    let parts = [table.text] + notes(standings) + rankTable(standings) + detailTables
    return parts.joined(separator: "\n")
  }

  private func row(of group: Group, _ entry: Standings.Entry) -> [String] {
    let format = group.first.metric.format
    let rate = Summary(group.runs.map(\.stepsPerSecond))
    return [
      group.first.task, group.first.cell, String(group.first.hiddenSize), Decimals.grouped(group.first.parameterCount),
      Decimals.trimmed(group.first.setting.learningRate), group.first.metric.name,
      entry.summary.map { format.text($0.mean) } ?? "-",
      entry.summary?.standardDeviation.map { "± " + format.text($0) } ?? "-",
      entry.interval.map { "\(format.text($0.lowerBound)) to \(format.text($0.upperBound))" } ?? "-",
      entry.meanRank.map { Decimals.rounded($0, to: 1) } ?? "-", String(group.runs.count),
      rate.map { Decimals.rate($0.median) } ?? "-", remarks(of: group).joined(separator: "; "),
    ]
  }

  private func remarks(of group: Group) -> [String] {
    var remarks: [String] = []
    let diverged = group.runs.count { $0.status == .diverged }
    if diverged > 0 { remarks.append("\(diverged) of \(group.runs.count) diverged") }
    let cut = group.runs.filter { $0.status == .cut }
    if let fewest = cut.map(\.steps).min(), let most = cut.map(\.steps).max() {
      let steps = fewest == most ? "\(fewest)" : "\(fewest) to \(most)"
      remarks.append("\(cut.count) of \(group.runs.count) cut by the time budget after \(steps) steps")
    }
    return remarks
  }

  /// What the numbers of the table mean, and which differences the seeds support.
  private func notes(_ standings: [Standings]) -> [String] {
    var lines = [
      "mean and standard deviation over seeds; between which 95 % of the means of resampled seeds are (10,000 draws); mean",
      "place among the cells; steps/s is the median over seeds, of runs on \(threadsText)",
    ]
    if let steps = trials.map(\.steps).max() {
      let count = Set(trials.map { [$0.task, $0.cell] }).count
      lines.append(
        "learning rates chosen on held-out data by \(Decimals.grouped(trials.count / max(1, count))) trials of up to "
          + "\(Decimals.grouped(steps)) steps for each cell and task")
    }
    for standing in standings {
      guard let metric = runs.first(where: { $0.task == standing.task })?.metric else { continue }
      let direction = metric.higherIsBetter ? "more is better" : "less is better"
      let reference = metric.reference.map { "; \($0)" } ?? ""
      lines.append("\(standing.task): \(metric.name), \(direction)\(reference)")
    }
    lines += standings.compactMap { standing in standing.statement.map { "\(standing.task): \($0)" } }
    return [lines.map { $0 + "\n" }.joined()]
  }

  private var threadsText: String {
    let counts = Set(runs.map(\.threads)).sorted().map(String.init)
    return counts == ["1"] ? "one thread each" : counts.joined(separator: " or ") + " threads each"
  }

  /// The mean over tasks of the cells' mean ranks, best first, when there are several tasks and cells.
  private func rankTable(_ standings: [Standings]) -> [String] {
    let means = Standings.ranksOverTasks(standings).compactMap { cell, ranks in
      Summary(ranks).map { (cell, $0.mean) }
    }
    guard !means.isEmpty else { return [] }
    var table = TextTable([.left("cell"), .right("mean rank over \(standings.count) tasks")])
    for (cell, mean) in means.sorted(by: { $0.1 < $1.1 }) { table.append([cell, Decimals.rounded(mean, to: 2)]) }
    return [table.text]
  }

  /// For each task whose runs have details, a table of them: shares and decimals as means, counts seed by seed.
  private var detailTables: [String] {
    var tasks: [String] = []
    for run in runs where !run.details.isEmpty && !tasks.contains(run.task) { tasks.append(run.task) }
    return tasks.map { task in
      let members = groups.filter { $0.first.task == task }
      // A run that diverged has no details.
      let example = runs.first { $0.task == task && !$0.details.isEmpty }?.details ?? []
      var table = TextTable([.left(task)] + example.map { .right($0.name) })
      for group in members {
        table.append(
          [group.first.cell]
            + example.indices.map { index in
              let details = group.runs.compactMap { $0.details.indices.contains(index) ? $0.details[index] : nil }
              if example[index].format == .count {
                return details.map { $0.value.map(example[index].format.text) ?? "-" }.joined(separator: " ")
              }
              return Summary(details.compactMap(\.value)).map { example[index].format.text($0.mean) } ?? "-"
            })
      }
      return table.text
    }
  }
}
