/// The results of a comparison, in the order of its tasks, cells and seeds.
public struct ComparisonResults: Sendable {
  /// A result for each run that ended.
  public let runs: [RunResult]

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
      let key = [run.task, run.cell, run.variant, String(run.hiddenSize)]
      if members[key] == nil { keys.append(key) }
      members[key, default: []].append(run)
    }
    return keys.compactMap { members[$0].map(Group.init(runs:)) }
  }

  /// The results as tables for people: a line a task and cell, then what was measured beside the metrics.
  public var text: String {
    guard !runs.isEmpty else { return "" }
    var table = TextTable([
      .left("task"), .left("cell"), .right("hidden"), .right("parameters"), .left("metric"), .right("mean"),
      .right("spread"), .right("seeds"), .right("steps/s"), .left("remarks"),
    ])
    for group in groups { table.append(row(of: group)) }
    return ([table.text] + notes + detailTables).joined(separator: "\n")
  }

  private func row(of group: Group) -> [String] {
    let format = group.first.metric.format
    let summary = group.summary
    let rate = Summary(group.runs.map(\.stepsPerSecond))
    return [
      group.first.task, group.first.cell, String(group.first.hiddenSize), Decimals.grouped(group.first.parameterCount),
      group.first.metric.name, summary.map { format.text($0.mean) } ?? "-",
      summary?.standardDeviation.map { "± " + format.text($0) } ?? "-", String(group.runs.count),
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

  /// What the numbers of a table mean.
  private var notes: [String] {
    var lines = ["mean and standard deviation over seeds; steps/s is the median over seeds, of runs on \(threadsText)"]
    var seen: Set<String> = []
    for group in groups where seen.insert(group.first.task).inserted {
      let metric = group.first.metric
      let direction = metric.higherIsBetter ? "more is better" : "less is better"
      let reference = metric.reference.map { "; \($0)" } ?? ""
      lines.append("\(group.first.task): \(metric.name), \(direction)\(reference)")
    }
    return [lines.map { $0 + "\n" }.joined()]
  }

  private var threadsText: String {
    let counts = Set(runs.map(\.threads)).sorted().map(String.init)
    return counts == ["1"] ? "one thread each" : counts.joined(separator: " or ") + " threads each"
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
