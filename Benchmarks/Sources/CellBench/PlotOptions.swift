import ArgumentParser
import CellComparison

/// Where a subcommand's drawing goes.
struct PlotOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Write the drawing to an SVG file.", valueName: "path"), transform: path)
  var plot: String?

  /// Finds out whether the file can be written, before anything is computed.
  func check() throws(Failure) { try checkWritable { () throws(OutputError) in try file?.check() } }

  /// Writes a drawing, if one was asked for.
  func write(_ drawing: @autoclosure () -> SVGDrawing) throws { try file?.write(drawing().file) }

  private var file: TextFile? { plot.map(TextFile.init) }
}

/// Where a comparison's report and drawings go.
struct ReportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Write the results, with plots, to one HTML file that needs no network.", valueName: "path"),
    transform: path)
  var report: String?

  @Option(
    help: ArgumentHelp("Write the plots to a folder, as SVG files; it is made if there is none.", valueName: "folder"),
    transform: path)
  var plots: String?

  /// Whether models have to be looked into.
  var isAskedFor: Bool { report != nil || plots != nil }

  /// Finds out whether the files can be written, before anything is computed.
  func check() throws(Failure) {
    try checkWritable { () throws(OutputError) in
      try page?.check()
      try folder?.check()
    }
  }

  /// Writes what was asked for.
  func write(_ report: ComparisonReport) throws {
    try page?.write(report.html)
    try folder?.write(report.drawings.map { ($0.fileName, $0.drawing.file) })
  }

  private var page: TextFile? { report.map(TextFile.init) }
  private var folder: TextFolder? { plots.map(TextFolder.init) }
}

private func checkWritable(_ check: () throws(OutputError) -> Void) throws(Failure) {
  do {
    try check()
  } catch {
    throw .wrongArguments(error)
  }
}
