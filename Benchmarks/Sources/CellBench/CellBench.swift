import ArgumentParser
import Autodiff
import CellComparison
import Foundation

/// The command line of the comparisons and measurements.
@main
struct CellBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cellbench",
    abstract: "Trains recurrent cells on small tasks and compares them; measures how fast they run.",
    discussion: """
      Without arguments: Elman, LSTM and GRU on binary addition and the adding problem.

      The environment variables TAPESTRY_THREADS and TAPESTRY_INSTRUCTION_SET (portable, avx2, avx512 or amx) choose how to \
      compute. Exit codes: 0 when all went well, 1 for bad data, 2 for wrong arguments, 130 after Ctrl-C.
      """,
    subcommands: [Compare.self, Gradients.self, Inspect.self, Optimizers.self, Speed.self, Kernels.self, List.self],
    defaultSubcommand: Compare.self)

  static func main() {
    // A reader that has gone is an error of the write instead of the end of the process.
    signal(SIGPIPE, SIG_IGN)
    if fcntl(STDOUT_FILENO, F_GETFD) == -1 {
      say("cellbench: standard output: expected to write, but it is closed")
      Foundation.exit(2)
    }
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      end(with: error)
    }
  }

  /// Says what went wrong on one line, or gives the help that was asked for, and ends the process.
  private static func end(with error: any Error) -> Never {
    switch error {
    case let error as OutputError where error.isClosedPipe:
      say("cellbench: \(error.name): expected a reader, but it has gone; what was finished before has been written")
      Foundation.exit(0)
    case let error as Failure:
      say("cellbench: \(error.message)")
      Foundation.exit(error.code)
    default:
      break
    }
    let code = exitCode(for: error)
    if code.isSuccess {
      try? LineOutput.standardOutput.write(fullMessage(for: error) + "\n")
      Foundation.exit(0)
    }
    if error is ExitCode { Foundation.exit(code.rawValue) }
    // The parser's first line says what is wrong; help and usage would follow.
    let line = message(for: error).split(separator: "\n").first.map(String.init) ?? "\(error)"
    let isUsage = code == .validationFailure
    say("cellbench: \(line)" + (isUsage ? " (see cellbench --help)" : ""))
    Foundation.exit(isUsage ? 2 : 1)
  }

  /// The command as it was given, for a shell.
  static var commandLine: String {
    (["cellbench"] + CommandLine.arguments.dropFirst()).map { word in
      let isPlain = word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./,=:+%@".contains($0)) }
      return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }.joined(separator: " ")
  }

  /// Writes a line to the standard error stream.
  static func say(_ line: String) {
    try? LineOutput.standardError.write(line + "\n")
  }
}
