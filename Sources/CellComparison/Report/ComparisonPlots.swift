/// The plots of a comparison's results, for each task: ranks, and what was seen inside.
struct ComparisonPlots {
  /// A plot and a name for it.
  struct Plot {
    let name: String
    let drawing: SVGDrawing
  }

  let results: ComparisonResults

  /// The names of the tasks, in the order of the results.
  var tasks: [String] {
    var tasks: [String] = []
    for run in results.runs where !tasks.contains(run.task) { tasks.append(run.task) }
    return tasks
  }

  /// All plots of a task.
  func plots(of task: String) -> [Plot] {
    [ranks(of: task), gradients(of: task)].compactMap { $0 } + heatMaps(of: task)
  }

  /// The cells of a task with their runs, in the order of the results.
  private func cells(of task: String) -> [(name: String, runs: [RunResult])] {
    results.groups.filter { $0.first.task == task }.map { ($0.first.cell, $0.runs) }
  }

  /// The places of the cells among each other, 1 for the best, as means over the seeds that have a run of each cell; equal
  /// values share their places, and a run that diverged is last. Nothing for a single cell.
  private func ranks(of task: String) -> Plot? {
    let cells = cells(of: task)
    let seeds = cells.dropFirst().reduce(Set(cells.first?.runs.map(\.seed) ?? [])) {
      $0.intersection($1.runs.map(\.seed))
    }
    guard cells.count > 1, !seeds.isEmpty else { return nil }
    var places = cells.map { _ in [Double]() }
    for seed in seeds.sorted() {
      let scores = cells.map { cell -> Double in
        guard let run = cell.runs.first(where: { $0.seed == seed }), let value = run.value else { return -.infinity }
        return run.metric.higherIsBetter ? value : -value
      }
      for (index, score) in scores.enumerated() {
        places[index].append(Double(scores.count { $0 > score }) + Double(scores.count { $0 == score } + 1) / 2)
      }
    }
    let rows = zip(cells, places).compactMap { cell, places in
      Summary(places).map { RankPlot.Row(name: cell.name, mean: $0.mean, interval: $0.minimum...$0.maximum) }
    }
    return Plot(
      name: "\(task)-ranks",
      drawing: RankPlot(
        title: "\(task): ranks",
        label: "mean rank over \(seeds.count) seeds, 1 is best, from the best seed to the worst",
        rows: rows
      ).drawing)
  }

  /// The norm of the loss's gradient over time before and after the training, a line a cell.
  private func gradients(of task: String) -> Plot? {
    let observed = cells(of: task).compactMap { name, runs in
      runs.compactMap(\.observation).first.map { (name, $0) }
    }
    guard !observed.isEmpty else { return nil }
    func plot(_ when: String, _ flow: (RunObservation) -> GradientFlow) -> SVGDrawing {
      LinePlot(
        title: "\(task): gradients \(when)", xLabel: "step t", yLabel: "|dL/dh_t|", isLogarithmic: true,
        series: observed.map { name, observation in
          // Bands of many cells would hide each other.
          LinePlot.Series(
            name: name,
            points: flow(observation).lossGradients.enumerated().map { .init(x: Double($0), y: $1.mean) })
        }
      ).drawing
    }
    return Plot(
      name: "\(task)-gradients",
      drawing: .row(
        [plot("at initialisation", \.initial), plot("after training", \.trained)],
        title: "Gradients through time on \(task)",
        summary: "The norm of the derivative of the loss by the state after each step, as means over sequences."))
  }

  /// The gates and states of each cell through one sequence.
  private func heatMaps(of task: String) -> [Plot] {
    cells(of: task).flatMap { name, runs in
      (runs.compactMap(\.observation).first?.recordings ?? []).map { recording in
        Plot(
          name: "\(task)-\(name)-\(recording.name)",
          drawing: HeatMap(title: "\(name): \(recording.name)", values: recording.values).drawing)
      }
    }
  }
}
