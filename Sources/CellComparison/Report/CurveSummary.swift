/// The learning curves of a cell's seeds, and their mean.
struct CurveSummary {
  /// Each seed's values over the training steps.
  let members: [[LinePlot.Point]]
  /// The mean of the seeds at the steps that every seed has a value for.
  let mean: [LinePlot.Point]

  /// Sums up a value of each point of some runs' curves; a point without one does not count.
  init(_ runs: [RunResult], _ value: (LearningCurve.Point) -> Double?) {
    members = runs.map { run in
      run.curve.compactMap { point in value(point).map { .init(x: Double(point.step), y: $0) } }
    }
    var sums: [Double: (sum: Double, count: Int)] = [:]
    for point in members.flatMap(\.self) {
      let sum = sums[point.x, default: (0, 0)]
      sums[point.x] = (sum.sum + point.y, sum.count + 1)
    }
    let count = runs.count
    mean = sums.filter { $0.value.count == count }.sorted { $0.key < $1.key }
      .map { .init(x: $0.key, y: $0.value.sum / Double(count)) }
  }

  /// The mean as a line, with those of the seeds unless there is a single one.
  func series(named name: String, isFaint: Bool) -> LinePlot.Series {
    LinePlot.Series(name: name, points: mean, members: members.count > 1 && !isFaint ? members : [], isFaint: isFaint)
  }
}
