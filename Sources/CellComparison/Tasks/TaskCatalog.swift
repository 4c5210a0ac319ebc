/// The tasks.
public enum TaskCatalog {
  /// Binary addition and the adding problem: what cells are compared on when nothing is said.
  public static let standard: [any ComparisonTask] = [BinaryAddition(), AddingProblem()]

  /// The names of all tasks, with a line on each; the text has to be given to be a task.
  public static let descriptions: [(name: String, summary: String)] =
    standard.map { ($0.name, $0.summary) } + [(CharacterText.taskName, CharacterText.generalSummary)]

  /// The names of all tasks.
  public static let names: [String] = descriptions.map(\.name)
}
