/// The plots of a comparison's results, for each task: learning curves, ranks, and what was seen inside.
struct ComparisonPlots {
  /// A plot, a name for it, and what has to be known to read it.
  struct Plot {
    let name: String
    let drawing: SVGDrawing
    let note: String
  }

  /// A task's plots.
  struct Task {
    let name: String
    /// Those that have all cells.
    let plots: [Plot]
    /// Those of a single cell each.
    let cells: [(name: String, plots: [Plot])]
    /// Which cells nothing was seen of, and why; nil when there are none.
    let remark: String?
  }

  /// The tasks in the order of the results.
  let tasks: [Task]
  /// The ranks over all tasks, where there are several.
  let ranks: Plot?

  /// So many cells have lines with a name; those with better ranks come first.
  static let namedCells = 12

  init(_ results: ComparisonResults) {
    let standings = results.standings
    ranks = Self.ranksOverTasks(standings)
    tasks = standings.map { standings in
      let groups = results.groups.filter { $0.first.task == standings.task }
      let cells = zip(groups, standings.entries).map { Cell(name: $1.cell, runs: $0.runs, standing: $1) }
      return Task(
        name: standings.task,
        plots: [
          Self.learningCurves(standings.task, cells), Self.ranks(standings, cells),
          Self.gradients(standings.task, cells),
        ].compactMap(\.self),
        cells: cells.map { ($0.name, Self.heatMaps(standings.task, $0)) }.filter { !$0.1.isEmpty },
        remark: Self.remark(cells))
    }
  }

  /// A cell on a task.
  private struct Cell {
    let name: String
    let runs: [RunResult]
    let standing: Standings.Entry

    /// What was seen inside of one of its runs.
    var observation: RunObservation? { runs.lazy.compactMap(\.observation).first }
  }

  /// The cells in their order, each with whether its line is one of many.
  private static func marked(_ cells: [Cell]) -> [(cell: Cell, isFaint: Bool)] {
    let ranks = cells.map { $0.standing.meanRank ?? .infinity }
    let best = Set(cells.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }.prefix(namedCells))
    return cells.enumerated().map { ($1, !best.contains($0)) }
  }

  /// What is said of lines that have no name.
  private static func faintNote(_ cells: [Cell]) -> String {
    cells.count > namedCells ? " Those of the \(cells.count - namedCells) cells with the worst ranks are grey." : ""
  }

  /// Training loss and held-out metric over the training steps.
  private static func learningCurves(_ task: String, _ cells: [Cell]) -> Plot? {
    guard let metric = cells.first?.runs.first?.metric,
      cells.contains(where: { $0.runs.contains { !$0.curve.isEmpty } })
    else { return nil }
    let members = marked(cells)
    func plot(_ title: String, _ label: String, falls: Bool, _ value: (LearningCurve.Point) -> Double?) -> LinePlot {
      let series = members.map { CurveSummary($0.cell.runs, value).series(named: $0.cell.name, isFaint: $0.isFaint) }
      let values = series.flatMap { $0.points + $0.members.flatMap(\.self) }.map(\.y).filter { $0 > 0 && $0.isFinite }
      // What hardly falls would be between two marks of a logarithmic axis.
      let isWide = (values.max() ?? 1) >= 5 * (values.min() ?? 1)
      return LinePlot(
        title: "\(task): \(title)", xLabel: "training step", yLabel: label, isLogarithmic: falls && isWide,
        series: series)
    }
    var loss = plot("training loss", "loss", falls: true, \.trainingLoss)
    loss.hasLegend = false
    var heldOut = plot("held-out data", metric.name, falls: !metric.higherIsBetter, \.heldOut)
    for (index, member) in members.enumerated() where !member.isFaint {
      guard let mean = member.cell.standing.summary?.mean, let last = member.cell.runs.map(\.steps).max() else {
        continue
      }
      heldOut.series[index].marks = [.init(x: Double(last), y: mean)]
    }
    return Plot(
      name: "\(task)-learning-curves",
      drawing: .row(
        [loss.drawing, heldOut.drawing], title: "Learning curves on \(task)",
        summary: "Training loss and \(metric.name) on held-out data over the training steps, a line a cell."),
      note: "Thin lines are seeds, thick ones their means, dots at the last step the means on test data."
        + faintNote(cells))
  }

  /// The mean ranks of the cells over the seeds; nothing for a single cell.
  private static func ranks(_ standings: Standings, _ cells: [Cell]) -> Plot? {
    let rows = cells.compactMap { cell in
      cell.standing.meanRank.map { RankPlot.Row(name: cell.name, mean: $0, interval: cell.standing.rankInterval) }
    }
    guard rows.count > 1 else { return nil }
    let seeds = standings.rankedSeeds
    return Plot(
      name: "\(standings.task)-ranks",
      drawing: RankPlot(
        title: "\(standings.task): ranks", label: "mean rank over \(seeds) \(seeds == 1 ? "seed" : "seeds"), 1 is best",
        rows: rows
      ).drawing,
      note: seeds > 1 ? "Lines are between which 95 % of the means of resampled seeds are (10,000 draws)." : "")
  }

  /// The norm of the loss's gradient over time before and after the training.
  private static func gradients(_ task: String, _ cells: [Cell]) -> Plot? {
    let observed = marked(cells.filter { $0.observation != nil })
    guard !observed.isEmpty else { return nil }
    func plot(_ when: String, _ norms: (RunObservation) -> [Double]) -> LinePlot {
      LinePlot(
        title: "\(task): gradients \(when)", xLabel: "step t", yLabel: "|dL/dh_t|", isLogarithmic: true,
        series: observed.map { cell, isFaint in
          let points = cell.observation.map(norms) ?? []
          return LinePlot.Series(
            name: cell.name, points: points.enumerated().map { .init(x: Double($0), y: $1) }, isFaint: isFaint)
        })
    }
    var initial = plot("at initialisation", \.initialGradients)
    initial.hasLegend = false
    return Plot(
      name: "\(task)-gradients",
      drawing: .row(
        [initial.drawing, plot("after training", \.trainedGradients).drawing],
        title: "Gradients through time on \(task)",
        summary: "The norm of the derivative of the loss by the state after each step, a line a cell."),
      note: "Means over test sequences, for one seed; h_0 is the start." + faintNote(observed.map(\.cell)))
  }

  /// The gates and states of a cell through one sequence.
  private static func heatMaps(_ task: String, _ cell: Cell) -> [Plot] {
    (cell.observation?.recordings ?? []).map { recording in
      Plot(
        name: "\(task)-\(cell.name)-\(recording.name)",
        drawing: HeatMap(title: "\(cell.name): \(recording.name)", values: recording.values).drawing, note: "")
    }
  }

  private static func remark(_ cells: [Cell]) -> String? {
    let unseen = cells.filter { $0.observation == nil }
    let diverged = unseen.filter { $0.runs.first?.status == .diverged }
    let others = unseen.filter { $0.runs.first?.status != .diverged }
    let reasons = [
      (diverged, "the run to be looked into diverged"),
      (others, "the run to be looked into was there before, made without a look inside, or did not end"),
    ].filter { !$0.0.isEmpty }.map { cells, reason in
      "There is no look inside of \(cells.map(\.name).joined(separator: ", ")): \(reason)."
    }
    return reasons.isEmpty ? nil : reasons.joined(separator: " ")
  }
}
