import Testing

/// Records an issue unless the process wrote exactly this line as its fatal error.
func expectMessage(
  _ message: String, in result: ExitTest.Result?, sourceLocation: SourceLocation = #_sourceLocation
) {
  let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  #expect(output.contains("Fatal error: \(message)\n"), sourceLocation: sourceLocation)
}
