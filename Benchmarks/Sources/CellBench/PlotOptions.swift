import ArgumentParser
import CellComparison

/// Where a subcommand's drawing goes.
struct PlotOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Write the drawing to an SVG file.", valueName: "path"),
    transform: { text in
      guard !text.isEmpty else { throw ValidationError("expected a path") }
      return text
    })
  var plot: String?

  /// Finds out whether the file can be written, before anything is computed.
  func check() throws(Failure) {
    guard let plot else { return }
    do {
      try TextFile(path: plot).check()
    } catch {
      throw .wrongArguments(error)
    }
  }

  /// Writes a drawing, if one was asked for.
  func write(_ drawing: @autoclosure () -> SVGDrawing) throws {
    if let plot { try TextFile(path: plot).write(drawing().file) }
  }
}
