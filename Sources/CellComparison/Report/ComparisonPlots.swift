/// The plots of a comparison's results, for each task: what was seen inside.
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
    [gradients(of: task)].compactMap { $0 } + heatMaps(of: task)
  }

  /// The cells of a task with their runs, in the order of the results.
  private func cells(of task: String) -> [(name: String, runs: [RunResult])] {
    results.groups.filter { $0.first.task == task }.map { ($0.first.cell, $0.runs) }
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
