/// What a study of gradients found.
public struct GradientStudyResult: Sendable {
  /// A moment of the training.
  public struct Phase: Sendable {
    /// "initial" or "trained".
    public let name: String
    /// The training steps before it.
    public let trainingSteps: Int
    /// How gradients fare.
    public let flow: GradientFlow
  }

  /// What was asked for.
  public let study: GradientStudy
  /// The cell's hidden size.
  public let hiddenSize: Int
  /// What was seen: before the training, and after it unless there was none or it diverged.
  public let phases: [Phase]
  /// The task's metric after the training, if there was one.
  public let value: Double?
  /// Whether a loss was not finite.
  public let hasDiverged: Bool

  /// The cell, the task and how the training went, in words.
  private var heading: String {
    let metric = study.task.metric
    let outcome =
      hasDiverged
      ? "the training diverged, so that there is nothing to see after it"
      : value.map { "\(metric.name) after training \(metric.format.text($0))" } ?? "not trained"
    return "\(study.cell.name), \(hiddenSize) units, \(study.task.name), seed \(study.seed): \(outcome)"
  }

  /// The result as a table: a line for the last step and some before it, up to the start.
  public var text: String {
    var columns: [TextTable.Column] = [.right("t"), .right("steps back")]
    for phase in phases {
      columns.append(.right("|dL/dh_t| \(phase.name)"))
      if !phase.flow.largestGains.isEmpty { columns.append(.right("largest gain")) }
      columns.append(.right("mean gain"))
    }
    var table = TextTable(columns)
    for back in shownSteps {
      var row = ["\(steps - back)", "\(back)"]
      for phase in phases {
        let flow = phase.flow
        row.append(Decimals.threeDigits(flow.lossGradients[steps - back].mean))
        if !flow.largestGains.isEmpty { row.append(Decimals.threeDigits(flow.largestGains[steps - back].mean)) }
        row.append(Decimals.threeDigits(flow.meanGains[steps - back].mean))
      }
      table.append(row)
    }
    var lines = [heading, "", table.text]
    for phase in phases {
      let change = phase.flow.changePerStep.map { "times \(Decimals.rounded($0, to: 4)) at each step back" }
      lines.append("\(phase.name): |dL/dh_t| \(change ?? "does not arrive at the start, or is not finite")")
    }
    lines.append(
      "means over \(study.sequences) sequences, gains over at most 4; largest and mean gain are the largest singular")
    lines.append("value of dh_T/dh_t and the root mean square of all of them")
    if let method = phases.first?.flow.methodText { lines.append(method) }
    return lines.joined(separator: "\n") + "\n"
  }

  private var steps: Int { phases.first?.flow.steps ?? 0 }

  /// 0, 1, 2, 5, 10, 20, 50 and so on steps before the last one, and the start.
  private var shownSteps: [Int] {
    var shown = [0]
    var power = 1
    while power < steps {
      shown += [1, 2, 5].map { $0 * power }.filter { $0 < steps }
      power *= 10
    }
    return steps > 0 ? shown + [steps] : shown
  }

  /// A JSON object for each step of each phase.
  public var lines: [JSONObject] {
    phases.flatMap { phase in
      (0...phase.flow.steps).map { step in
        JSONObject(
          [
            ("cell", .string(study.cell.name)), ("variant", .string(study.cell.variant)),
            ("task", .string(study.task.name)), ("hidden", .integer(hiddenSize)), ("seed", .integer(study.seed)),
            ("phase", .string(phase.name)), ("train_steps", .integer(phase.trainingSteps)),
          ] + phase.flow.members(step: step))
      }
    }
  }

  /// Both norms over the steps, at initialisation and after training.
  public var drawing: SVGDrawing {
    func plot(_ title: String, _ yLabel: String, _ norms: (GradientFlow) -> [Summary]) -> SVGDrawing {
      LinePlot(
        title: title, xLabel: "step t", yLabel: yLabel, isLogarithmic: true,
        series: phases.map { GradientFlow.series($0.name, norms($0.flow)) }
      ).drawing
    }
    let isExact = phases.allSatisfy { !$0.flow.largestGains.isEmpty }
    return .row(
      [
        plot("Gradient of the loss", "|dL/dh_t|", \.lossGradients),
        isExact
          ? plot("Gain to the last step", "largest singular value of dh_T/dh_t", \.largestGains)
          : plot("Gain to the last step", "mean gain of dh_T/dh_t", \.meanGains),
      ], title: "Gradients through time: \(heading)",
      summary: "Norms over the steps, with the smallest and the largest of the sequences.")
  }
}
