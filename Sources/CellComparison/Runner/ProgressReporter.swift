internal import Synchronization

/// Tells people how far a comparison is: a bar on a terminal, plain lines elsewhere.
///
/// Each run that ends gets a line that stays. On a terminal the last line shows all runs together, with the rate of the
/// run that started first and the time that is left; elsewhere such a line comes every ten seconds.
public final class ProgressReporter: Sendable {
  private struct State {
    var plans: [RunPlan] = []
    var remaining: RemainingTime?
    /// Runs that have made a step and not ended, in the order in which they started, with steps and seconds.
    var active: [(run: Int, steps: Int, seconds: Double)] = []
    var start = ContinuousClock.now
    var lastReport = ContinuousClock.now
    var share = 0.0
  }

  private let state = Mutex(State())
  private let isTerminal: Bool
  private let output: @Sendable (String) -> Void

  /// A reporter that writes to the standard error stream.
  public static var standardError: ProgressReporter {
    ProgressReporter(isTerminal: LineOutput.standardError.isTerminal) { text in
      // Nobody left to read progress is no reason to stop.
      try? LineOutput.standardError.write(text)
    }
  }

  /// A reporter.
  ///
  /// - Parameters:
  ///   - isTerminal: Whether the last line can be written over.
  ///   - output: Called with each piece of text to be written.
  public init(isTerminal: Bool, output: @escaping @Sendable (String) -> Void) {
    self.isTerminal = isTerminal
    self.output = output
  }

  /// Starts over with new runs, of which `workers` go side by side.
  func begin(_ plans: [RunPlan], workers: Int) {
    state.withLock {
      $0 = State()
      $0.plans = plans
      $0.remaining = RemainingTime(plans, workers: workers)
    }
  }

  /// Notes how far a run is.
  func update(run: Int, steps: Int, seconds: Double) {
    state.withLock {
      $0.remaining?.update(run: run, steps: steps, seconds: seconds)
      if let position = $0.active.firstIndex(where: { $0.run == run }) {
        $0.active[position].steps = steps
        $0.active[position].seconds = seconds
      } else {
        $0.active.append((run, steps, seconds))
      }
      let now = ContinuousClock.now
      guard now - $0.lastReport >= (isTerminal ? .milliseconds(100) : .seconds(10)) else { return }
      $0.lastReport = now
      output(isTerminal ? "\r" + bar(&$0) + "\u{1B}[K" : plainLine(&$0) + "\n")
    }
  }

  /// Notes that a run need not be made.
  func skip(run: Int) { state.withLock { $0.remaining?.finish(run: run) } }

  /// Notes that a run has ended.
  func finish(run: Int, _ result: RunResult) {
    state.withLock {
      $0.remaining?.finish(run: run)
      $0.active.removeAll { $0.run == run }
      let value = result.value.map(result.metric.format.text) ?? "-"
      let status = result.status == .finished ? "" : ", \(result.status.rawValue)"
      let line =
        "\($0.plans[run].label): \(result.metric.name) \(value)\(status), \(Decimals.grouped(result.steps)) steps in "
        + "\(Decimals.rounded(result.seconds, to: 1)) s\n"
      output(isTerminal ? clearLine + line : line)
    }
  }

  /// Takes the bar away.
  func end() {
    if isTerminal { output(clearLine) }
  }

  private let clearLine = "\r\u{1B}[K"

  /// "[=====>    ]  52 %  4 of 18 runs  adding lstm seed 1: 310 of 2,000 steps, 412 steps/s  38 s left".
  private func bar(_ state: inout State) -> String {
    let (share, words) = status(&state)
    let width = 20
    let filled = Int(share * Double(width))
    let cells = String(repeating: "=", count: filled) + (filled < width ? ">" : "")
    return "[" + cells.padding(to: width) + "]  " + words
  }

  private func plainLine(_ state: inout State) -> String { status(&state).words }

  /// The share of the work that is done, which never goes back, and the line about it.
  private func status(_ state: inout State) -> (share: Double, words: String) {
    guard let remaining = state.remaining, let active = state.active.first, let secondsLeft = remaining.estimate else {
      return (0, "")
    }
    let elapsed = (ContinuousClock.now - state.start) / .seconds(1)
    let total = elapsed + secondsLeft
    state.share = max(state.share, total > 0 ? min(1, elapsed / total) : 0)
    let plan = state.plans[active.run]
    let rate = active.seconds > 0 ? Double(active.steps) / active.seconds : 0
    let words = [
      "\(Int(state.share * 100)) %", "\(remaining.finishedCount) of \(state.plans.count) runs",
      "\(plan.label): \(Decimals.grouped(active.steps)) of \(Decimals.grouped(plan.trainingSteps)) steps, "
        + "\(Decimals.rate(rate)) steps/s", "\(Decimals.duration(secondsLeft)) left",
    ]
    return (state.share, words.joined(separator: "  "))
  }
}

extension String {
  /// The text with spaces added at its end up to a length.
  fileprivate func padding(to length: Int) -> String {
    self + String(repeating: " ", count: max(0, length - count))
  }
}
