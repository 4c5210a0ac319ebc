internal import Synchronization

/// Tells people how far a comparison is: a table and a bar on a terminal, plain lines elsewhere.
///
/// On a terminal there is a table of what cells have come to so far, and below it a bar for all runs together, with the rate
/// of the run that started first and the time that is left; both are written over, and gone in the end. Elsewhere each run
/// that ends has a line, and every ten seconds one tells how far all are. Trials of learning rates have lines everywhere.
public final class ProgressReporter: Sendable {
  private struct State {
    var plans: [RunPlan] = []
    var remaining: RemainingTime?
    /// Runs that have made a step and not ended, in the order in which they started, with steps and seconds.
    var active: [(run: Int, steps: Int, seconds: Double)] = []
    var start = ContinuousClock.now
    var lastReport = ContinuousClock.now
    var share = 0.0
    /// The table, when one is shown.
    var table: LiveTable?
    /// Whether there is more in it than is shown.
    var isTableOld = false
    /// Its lines above the bar.
    var shownLines = 0
  }

  private let state = Mutex(State())
  private let isTerminal: Bool
  private let screen: @Sendable () -> ScreenSize
  private let output: @Sendable (String) -> Void

  /// A reporter that writes to the standard error stream.
  public static var standardError: ProgressReporter {
    ProgressReporter(
      isTerminal: LineOutput.standardError.isTerminal, screen: { LineOutput.standardError.screenSize ?? .standard },
      // Nobody left to read progress is no reason to stop.
      output: { text in try? LineOutput.standardError.write(text) })
  }

  /// A reporter.
  ///
  /// - Parameters:
  ///   - isTerminal: Whether lines can be written over.
  ///   - output: Called with each piece of text to be written.
  public convenience init(isTerminal: Bool, output: @escaping @Sendable (String) -> Void) {
    self.init(isTerminal: isTerminal, screen: { .standard }, output: output)
  }

  init(
    isTerminal: Bool, screen: @escaping @Sendable () -> ScreenSize, output: @escaping @Sendable (String) -> Void
  ) {
    self.isTerminal = isTerminal
    self.screen = screen
    self.output = output
  }

  /// Starts over with new runs, of which `workers` go side by side.
  func begin(_ plans: [RunPlan], workers: Int) {
    state.withLock {
      $0 = State()
      $0.plans = plans
      $0.remaining = RemainingTime(plans, workers: workers)
      if isTerminal, !plans.contains(where: \.isTrial) { $0.table = LiveTable(plans) }
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
      output(isTerminal ? block(&$0) : plainLine(&$0) + "\n")
    }
  }

  /// Notes that a run need not be made.
  func skip(run: Int, _ result: RunResult) {
    state.withLock {
      $0.remaining?.finish(run: run)
      $0.table?.add(result, run: run)
      $0.isTableOld = true
    }
  }

  /// Notes that a run has ended.
  func finish(run: Int, _ result: RunResult) {
    state.withLock {
      $0.remaining?.finish(run: run)
      $0.active.removeAll { $0.run == run }
      if $0.table != nil {
        $0.table?.add(result, run: run)
        $0.isTableOld = true
        return
      }
      let value = result.value.map(result.metric.format.text) ?? "-"
      let status = result.status == .finished ? "" : ", \(result.status.rawValue)"
      let line =
        "\($0.plans[run].label): \(result.metric.name) \(value)\(status), \(Decimals.grouped(result.steps)) steps in "
        + "\(Decimals.rounded(result.seconds, to: 1)) s\n"
      output(isTerminal ? clearing(0) + line : line)
    }
  }

  /// Takes the table and the bar away.
  func end() {
    guard isTerminal else { return }
    state.withLock {
      output(clearing($0.shownLines))
      $0.shownLines = 0
    }
  }

  /// What goes back over some lines and clears all from there on.
  private func clearing(_ lines: Int) -> String { "\r" + (lines > 0 ? "\u{1B}[\(lines)A" : "") + "\u{1B}[J" }

  /// The bar, below the table when there is more in it than is shown.
  private func block(_ state: inout State) -> String {
    let screen = screen()
    // A line that goes on in the next one could not be written over.
    func fitting(_ line: String) -> String { String(line.prefix(screen.columns - 1)) }
    let bar = fitting(bar(&state))
    guard state.isTableOld, let table = state.table else { return "\r" + bar + "\u{1B}[K" }
    let lines = table.lines(atMost: screen.rows - 2).map(fitting)
    let text = clearing(state.shownLines) + lines.map { $0 + "\n" }.joined() + bar
    (state.isTableOld, state.shownLines) = (false, lines.count)
    return text
  }

  /// "[=====>    ]  52 %  4 of 18 runs  38 s left  adding lstm seed 1: 310 of 2,000 steps, 412 steps/s".
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
      "\(Decimals.duration(secondsLeft)) left",
      "\(plan.label): \(Decimals.grouped(active.steps)) of \(Decimals.grouped(plan.trainingSteps)) steps, "
        + "\(Decimals.rate(rate)) steps/s",
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
