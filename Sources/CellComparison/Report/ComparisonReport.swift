/// A comparison as a page to read: one file, with its drawings inside, that needs no network and no script.
public struct ComparisonReport: Sendable {
  /// What was found.
  public let results: ComparisonResults
  /// The command that makes the same numbers again.
  public let commandLine: String

  private let plots: ComparisonPlots

  public init(results: ComparisonResults, commandLine: String) {
    self.results = results
    self.commandLine = commandLine
    plots = ComparisonPlots(results)
  }

  /// The drawings, each with the name of its file in a folder: lower-case letters, digits and hyphens, no two alike.
  public var drawings: [(fileName: String, drawing: SVGDrawing)] {
    var used: Set<String> = []
    let all = [plots.ranks].compactMap(\.self) + plots.tasks.flatMap { $0.plots + $0.cells.flatMap(\.plots) }
    return all.map { plot in
      let words = plot.name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
      var (name, number) = (String(words), 1)
      while !used.insert(name).inserted {
        number += 1
        name = "\(String(words))-\(number)"
      }
      return (fileName: "\(name).svg", drawing: plot.drawing)
    }
  }

  /// The page.
  public var html: String {
    let title = "Recurrent cells on " + plots.tasks.map(\.name).joined(separator: ", ")
    let seeds = Set(results.runs.map(\.seed)).sorted().map(String.init).joined(separator: ", ")
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(XMLText.escaped(title))</title>
      <style>\(Self.styleSheet)\(SVGDrawing.styleSheet)</style>
      </head>
      <body>
      <h1>\(XMLText.escaped(title))</h1>
      <p>The same numbers come from the command below, from seeds \(XMLText.escaped(seeds)).</p>
      <pre>\(XMLText.escaped(commandLine))</pre>
      <h2>Results</h2>
      <pre>\(XMLText.escaped(results.text))</pre>
      \(sections.joined(separator: "\n"))
      <h2>Runs</h2>
      \(runTable.html)
      </body>
      </html>

      """
  }

  /// The ranks over all tasks, and a section for each task.
  private var sections: [String] {
    let overall = plots.ranks.map { ["<h2>All tasks</h2>", figure($0)].joined(separator: "\n") }
    return [overall].compactMap(\.self) + plots.tasks.map(section)
  }

  /// A task's plots: those of all cells, then what was seen inside of each.
  private func section(_ task: ComparisonPlots.Task) -> String {
    var lines = ["<h2>\(XMLText.escaped(task.name))</h2>"] + task.plots.map(figure)
    if let remark = task.remark { lines.append("<p>\(XMLText.escaped(remark))</p>") }
    for cell in task.cells {
      lines.append("<h3>\(XMLText.escaped(cell.name)): gates and states through a test sequence</h3>")
      lines += cell.plots.map(figure)
    }
    return lines.joined(separator: "\n")
  }

  private func figure(_ plot: ComparisonPlots.Plot) -> String {
    let caption = plot.note.isEmpty ? "" : "<figcaption>\(XMLText.escaped(plot.note))</figcaption>\n"
    return "<figure>\n\(plot.drawing.element)\n\(caption)</figure>"
  }

  /// A row for each run.
  private var runTable: TextTable {
    var table = TextTable([
      .left("task"), .left("cell"), .left("variant"), .right("hidden"), .right("parameters"), .right("seed"),
      .left("metric"), .right("value"), .left("status"), .right("steps"), .right("seconds"),
    ])
    for run in results.runs {
      table.append([
        run.task, run.cell, run.variant, "\(run.hiddenSize)", Decimals.grouped(run.parameterCount), "\(run.seed)",
        run.metric.name, run.value.map(run.metric.format.text) ?? "-", run.status.rawValue, Decimals.grouped(run.steps),
        Decimals.rounded(run.seconds, to: 1),
      ])
    }
    return table
  }

  private static let styleSheet =
    ":root{color-scheme:light dark}body{font:15px system-ui,sans-serif;max-width:1240px;margin:2em auto;padding:0 1em}"
    + "pre{overflow-x:auto;padding:1em;border:1px solid #8885;font-size:13px}figure{margin:1em 0;"
    + "display:inline-block;max-width:100%}figure svg{max-width:100%;height:auto}figcaption{padding:0 1em;opacity:.8}"
    + "table{border-collapse:collapse}th,td{padding:.2em .6em;text-align:left;"
    + "border-bottom:1px solid #8885}td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}"
}
