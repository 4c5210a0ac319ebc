import ArgumentParser
import Autodiff
import CellComparison

/// Times the kernels beside what the machine can do.
struct Kernels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Time the kernels beside the peak and the bandwidth that are measured here.")

  @Option(
    parsing: .unconditional, help: "Seconds for each kernel. (default: 0.3)",
    transform: positiveNumber("a number of seconds"))
  var budget: Double = 0.3

  @OptionGroup var output: OutputOptions

  func run() throws {
    let execution = try CellBench.execution(threads: 1)
    let output = try output.open()
    Ceilings.limitProcess(toCores: 1)
    CellBench.say("instruction set \(execution.instructionSet), float32, one thread")
    try KernelMeasurements(instructionSet: execution.instructionSet, budget: budget).run { measurement in
      try output.write(measurement.json)
      try output.write(text: measurement.text)
    }
  }
}
