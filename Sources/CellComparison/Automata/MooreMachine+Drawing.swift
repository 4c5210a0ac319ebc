extension MooreMachine {
  /// The machine as a drawing, each state with its output inside and a second ring where that is not 0.
  ///
  /// - Parameters:
  ///   - title: What is drawn.
  ///   - symbols: What stands at the arrows of each input symbol.
  ///   - start: The state that an arrow from nowhere leads to, if it is known.
  ///   - names: What stands below the output of each state.
  public func drawing(title: String, symbols: [String], start: Int?, names: [String]) -> AutomatonDrawing {
    AutomatonDrawing(
      title: title,
      states: outputs.indices.map { state in
        .init(
          label: "\(outputs[state])", note: names.indices.contains(state) ? names[state] : "",
          isStart: state == start, isAccepting: outputs[state] != 0)
      },
      transitions: successors.indices.flatMap { state in
        zip(successors[state], symbols).compactMap { successor, symbol in
          successor.map { .init(from: state, to: $0, label: symbol) }
        }
      })
  }

  /// The machine as a table: each state with its output and the states that follow; a transition that is not known is "-".
  public func table(symbols: [String], start: Int?, names: [String]) -> TextTable {
    func name(_ state: Int) -> String { names.indices.contains(state) ? names[state] : "\(state)" }
    var table = TextTable([.left("state"), .right("puts out")] + symbols.map { .left("after \($0)") })
    for state in outputs.indices {
      table.append(
        [(state == start ? "> " : "  ") + name(state), "\(outputs[state])"]
          + successors[state].map { $0.map(name) ?? "-" })
    }
    return table
  }
}
