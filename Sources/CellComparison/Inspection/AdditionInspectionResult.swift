/// What was found in a network that has learnt to add.
public struct AdditionInspectionResult: Sendable {
  /// What was asked for.
  public let inspection: AdditionInspection
  /// The training step whose loss was not finite, if there was one; then there is nothing to see.
  public let divergedAt: Int?
  let evaluation: BinaryAdditionEvaluation?

  /// The automaton of the textbooks.
  private var textbook: MooreMachine { .adder(delay: inspection.delay) }

  /// The share of the sums' digits that are right; nil after a divergence.
  public var bitsRight: Double? { evaluation?.bitsRight }
  /// The number of patterns of the hidden units' signs.
  public var patternCount: Int? { evaluation?.patternCount }
  /// The merged patterns, in the order of the textbook's states where they are its automaton; nil when there are too many to
  /// be merged.
  public var automaton: MooreMachine? { learnt?.machine }
  /// Whether the merged patterns are the textbook's automaton, up to the states' names.
  public var isTextbookAutomaton: Bool { learnt?.isTextbook ?? false }

  /// A merged automaton in the order in which it is shown.
  private struct Learnt {
    let machine: MooreMachine
    /// The number that each state has in the evaluation.
    let order: [Int]
    let isTextbook: Bool
    let start: Int?
  }

  private var learnt: Learnt? {
    guard let automaton = evaluation?.automaton, let merged = automaton.merged?.machine else { return nil }
    let counterparts = merged.isomorphism(to: textbook)
    let order = merged.outputs.indices.sorted { (counterparts?[$0] ?? $0) < (counterparts?[$1] ?? $1) }
    return Learnt(
      machine: merged.reordered(order), order: order, isTextbook: counterparts != nil,
      start: automaton.startState.flatMap { order.firstIndex(of: $0) })
  }

  private static let symbols = ["00", "01", "10", "11"]
  /// More states than this are counted and not shown: their arrows could not be told apart.
  private static let mostShown = 32

  private var heading: String {
    "\(inspection.cell.name), \(inspection.hiddenSize) units, binary addition with a delay of \(inspection.delay), "
      + "seed \(inspection.seed)"
  }

  private func textbookNames(_ name: (Int, Int) -> String) -> [String] {
    textbook.outputs.indices.map { name($0, inspection.delay) }
  }

  /// The result in words and tables.
  public var text: String {
    guard let evaluation else { return "\(heading): diverged at training step \(divergedAt ?? 0)\n" }
    let share = Metric.Format.share
    var text = """
      \(heading)
      \(share.text(evaluation.bitsRight)) of the digits right on \(Decimals.grouped(inspection.sums)) new sums of \
      \(inspection.digits) digits; \(share.text(evaluation.sumsRight)) of the sums
      patterns of the hidden units' signs: \(evaluation.patternCount) before merging, \
      \(evaluation.stateCount.map { "\($0)" } ?? "too many to be merged") after; the textbook's automaton has \
      \(textbook.stateCount) states
      \(share.text(evaluation.agreement)) of what the units did follows the merged patterns

      """
    if let learnt {
      text +=
        learnt.isTextbook
        ? "the merged patterns are the textbook's automaton\n" : "the merged patterns are another automaton\n"
      if learnt.machine.stateCount <= Self.mostShown { text += "\n" + table(of: learnt, evaluation.automaton) }
    }
    let names = textbookNames(MooreMachine.adderStateName)
    return text + "\ntextbook\n" + textbook.table(symbols: Self.symbols, start: 0, names: names).text
      + "> is the start; - is a transition that was not seen\n"
  }

  /// The learnt automaton, and below it the patterns of each state.
  private func table(of learnt: Learnt, _ automaton: HiddenAutomaton) -> String {
    let names =
      learnt.isTextbook
      ? textbookNames(MooreMachine.adderStateName) : learnt.machine.outputs.indices.map { "state \($0)" }
    var patterns = TextTable([.left("state"), .right("share of steps"), .left("patterns")])
    for (name, state) in zip(names, learnt.order) {
      patterns.append([
        "  " + name, Metric.Format.share.text(automaton.share(ofState: state)),
        automaton.patternText(ofState: state, units: inspection.hiddenSize),
      ])
    }
    return "merged patterns\n"
      + learnt.machine.table(symbols: Self.symbols, start: learnt.start, names: names).text + "\n" + patterns.text
  }

  /// The result as a JSON object.
  public var json: JSONObject {
    JSONObject([
      ("task", "binary-addition"), ("cell", .string(inspection.cell.name)),
      ("variant", .string(inspection.cell.variant)), ("hidden", .integer(inspection.hiddenSize)),
      ("delay", .integer(inspection.delay)), ("seed", .integer(inspection.seed)),
      ("sums", .integer(inspection.sums)), ("digits", .integer(inspection.digits)),
      ("status", divergedAt == nil ? "finished" : "diverged"),
      ("bits_right", evaluation.map { .number($0.bitsRight) } ?? .null),
      ("sums_right", evaluation.map { .number($0.sumsRight) } ?? .null),
      ("sign_patterns", patternCount.map { .integer($0) } ?? .null),
      ("merged_states", automaton.map { .integer($0.stateCount) } ?? .null),
      ("textbook_states", .integer(textbook.stateCount)),
      ("automaton_agreement", evaluation.map { .number($0.agreement) } ?? .null),
      ("is_textbook_automaton", .boolean(isTextbookAutomaton)),
    ])
  }

  /// The two automata beside each other: below the digits put out, the learnt one has the patterns of its states.
  public var drawing: SVGDrawing {
    var drawn = AutomatonDrawing(title: "Learnt: no automaton to show", states: [], transitions: [])
    if let learnt, let automaton = evaluation?.automaton, learnt.machine.stateCount <= Self.mostShown {
      drawn = learnt.machine.drawing(
        title: "Learnt: \(automaton.patternCount) patterns, \(learnt.machine.stateCount) states",
        symbols: Self.symbols, start: learnt.start,
        names: learnt.order.map { state in
          let text = automaton.patternText(ofState: state, units: inspection.hiddenSize)
          return text.count <= 8 ? text : "\(automaton.patterns(ofState: state).count) signs"
        })
    }
    let expected =
      textbook.stateCount <= Self.mostShown
      ? textbook.drawing(
        title: "Textbook: \(textbook.stateCount) states", symbols: Self.symbols, start: 0,
        names: textbookNames(MooreMachine.adderStateNote))
      : AutomatonDrawing(
        title: "Textbook: \(textbook.stateCount) states, too many to show", states: [], transitions: [])
    let (left, right) = (drawn.drawing, expected.drawing)
    return .row(
      [left, right], title: "The adding automaton: \(heading)",
      summary:
        "Learnt: \(left.summary) Textbook: \(right.summary) In a circle is the digit put out, at an arrow the two "
        + "digits put in.")
  }
}
