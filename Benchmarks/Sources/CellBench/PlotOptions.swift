import ArgumentParser
import CellComparison
import Foundation

/// Where a subcommand's drawing goes.
struct PlotOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Write the drawing to an SVG file.", valueName: "path"), transform: drawingPath)
  var plot: String?

  /// Finds out whether the file can be written, before anything is computed.
  func check() throws(Failure) { try checkWritable(plot) }

  /// Writes a drawing, if one was asked for.
  func write(_ drawing: @autoclosure () -> SVGDrawing) throws {
    if let plot { try TextFile(path: plot).write(drawing().file) }
  }
}

/// Where a comparison's report and drawings go.
struct ReportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Write the results, with plots, to one HTML file that needs no network.", valueName: "path"),
    transform: drawingPath)
  var report: String?

  @Option(
    help: ArgumentHelp("Write the plots to a folder, as SVG files; it is made if there is none.", valueName: "folder"),
    transform: drawingPath)
  var plots: String?

  /// Whether models have to be looked into.
  var isAskedFor: Bool { report != nil || plots != nil }

  /// Finds out whether the files can be written, before anything is computed; makes the folder.
  func check() throws(Failure) {
    if let plots {
      // Why there is no folder, if there is none, is said by the check.
      try? FileManager.default.createDirectory(atPath: plots, withIntermediateDirectories: true)
      try checkWritable(plots + "/plot.svg")
    }
    try checkWritable(report)
  }

  /// Writes what was asked for.
  func write(_ report: ComparisonReport) throws {
    if let plots {
      for (fileName, drawing) in report.drawings { try TextFile(path: plots + "/" + fileName).write(drawing.file) }
    }
    if let path = self.report { try TextFile(path: path).write(report.html) }
  }
}

private func checkWritable(_ path: String?) throws(Failure) {
  guard let path else { return }
  do {
    try TextFile(path: path).check()
  } catch {
    throw .wrongArguments(error)
  }
}

@Sendable private func drawingPath(_ text: String) throws -> String {
  guard !text.isEmpty else { throw ValidationError("expected a path") }
  return text
}
