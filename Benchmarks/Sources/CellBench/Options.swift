import ArgumentParser
import Autodiff
import CellComparison
import Foundation

/// Where results go: an option of every subcommand.
struct OutputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write a JSON line a result, as it is finished; - for standard output, with all else on standard error.",
      valueName: "path"),
    transform: path)
  var json: String?

  /// Opens the output.
  func open() throws(Failure) -> ResultOutput { try ResultOutput(json: json) }
}

/// What the subcommands that run nets have in common.
struct NetOptions: ParsableArguments {
  @Option(
    name: [.customShort("H"), .long], parsing: .unconditional,
    help: "The hidden size. (default: see above)", transform: wholeNumber(1...65_536))
  var hidden: Int?

  @Option(
    parsing: .unconditional, help: "Threads to compute on. (default: see above)", transform: wholeNumber(1...1024))
  var threads: Int?

  @OptionGroup var output: OutputOptions

  /// What the environment asks for, with the threads of `--threads` where they are given, or else those given here.
  func execution(defaultThreads: Int? = nil) throws(Failure) -> Execution {
    try CellBench.execution(threads: threads ?? defaultThreads)
  }

  /// Throws when one of the cells does not fit into memory with the hidden size that is asked for.
  func checkMemory(of cells: [CellDescription], inputSize: Int = 1) throws(Failure) {
    guard let hidden else { return }
    for cell in cells {
      do {
        try cell.checkMemory(inputSize: inputSize, hiddenSize: hidden)
      } catch {
        throw .wrongArguments(error)
      }
    }
  }
}

/// The cell of a subcommand that has a single one.
struct CellOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The cell, one of the list or novel. (default: see above)", valueName: "name"),
    transform: cell(named:))
  var cell: CellDescription?
}

/// The runs of a comparison.
struct SeedOptions: ParsableArguments {
  @Option(
    parsing: .unconditional, help: "Runs of each setting, each from a seed of its own. (default: 3)",
    transform: wholeNumber(1...100_000))
  var seeds: Int = 3

  @OptionGroup var first: FirstSeedOptions
}

/// The seed of a subcommand that makes a single run, and the first one of others.
struct FirstSeedOptions: ParsableArguments {
  @Option(
    parsing: .unconditional, help: "The seed, or the first one. (default: 1)",
    transform: wholeNumber(0...Int(Int32.max)))
  var seed: Int = 1
}

/// How long nets are trained.
struct TrainingOptions: ParsableArguments {
  @Option(
    parsing: .unconditional, help: "Training steps of a run. (default: the task's own)",
    transform: wholeNumber(1...1_000_000_000))
  var trainSteps: Int?
}

extension CellBench {
  /// What the environment asks for, with other threads where they are given.
  static func execution(threads: Int?) throws(Failure) -> Execution {
    do {
      let environment = try Execution(environment: ProcessInfo.processInfo.environment)
      return Execution(instructionSet: environment.instructionSet, threads: threads ?? environment.threads)
    } catch {
      throw .wrongArguments(error)
    }
  }
}
