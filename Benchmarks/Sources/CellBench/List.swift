import ArgumentParser
import CellComparison

/// Names what there is.
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List the cells and tasks.")

  @OptionGroup var output: OutputOptions

  func run() throws {
    let output = try output.open()
    var cells = TextTable([.left("cell"), .left("variant")])
    for cell in CellCatalog.all {
      try output.write(JSONObject([("cell", .string(cell.name)), ("variant", .string(cell.variant))]))
      cells.append([cell.name, cell.variant])
    }
    var tasks = TextTable([.left("task"), .left("what it asks for")])
    for task in TaskCatalog.descriptions {
      try output.write(JSONObject([("task", .string(task.name)), ("summary", .string(task.summary))]))
      tasks.append([task.name, task.summary])
    }
    try output.write(text: cells.text + "\n" + tasks.text)
  }
}
