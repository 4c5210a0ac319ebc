/// What the runs of a comparison have come to so far: a line for each cell on a task that has results.
struct LiveTable {
  private struct Row {
    let task: String
    let cell: String
    var planned = 0
    var results: [RunResult] = []
  }

  private var rows: [Row] = []
  /// The row of each run.
  private var places: [Int] = []

  init(_ plans: [RunPlan]) {
    var places: [[String]: Int] = [:]
    for plan in plans {
      let key = [plan.task.name, plan.cell.name]
      let place = places[key] ?? rows.count
      if place == rows.count { rows.append(Row(task: plan.task.name, cell: plan.cell.name)) }
      places[key] = place
      rows[place].planned += 1
      self.places.append(place)
    }
  }

  /// Notes what a run came to.
  mutating func add(_ result: RunResult, run: Int) { rows[places[run]].results.append(result) }

  /// The table's lines, at most `count` with the heading: those of the rows that come last.
  func lines(atMost count: Int) -> [String] {
    var table = TextTable([
      .left("task"), .left("cell"), .right("runs"), .left("metric"), .right("mean"), .right("spread"), .left("remarks"),
    ])
    for row in rows.filter({ !$0.results.isEmpty }).suffix(max(0, count - 2)) {
      let metric = row.results[0].metric
      let summary = Summary(row.results.compactMap(\.value))
      let diverged = row.results.count { $0.status == .diverged }
      table.append([
        row.task, row.cell, "\(row.results.count) of \(row.planned)", metric.name,
        summary.map { metric.format.text($0.mean) } ?? "-",
        summary?.standardDeviation.map { "± " + metric.format.text($0) } ?? "-",
        diverged > 0 ? "\(diverged) diverged" : "",
      ])
    }
    return table.text.split(separator: "\n").map(String.init)
  }
}
