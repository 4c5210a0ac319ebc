public import Autodiff
internal import CKernels
internal import Foundation

/// A kernel's rate beside the ceiling of its kind, which large products on tile registers can be above.
public struct KernelMeasurement: Sendable {
  /// What was run: "packed product 32 x 256 x 1024".
  public let name: String
  /// The threads it ran on.
  public let threads: Int
  /// The rate or cost that was measured.
  public let value: Double
  /// Its unit.
  public let unit: String
  /// The ceiling in the same unit, and what it is, where there is one.
  public let ceiling: (value: Double, name: String)?
  /// For products: the peak that the core holds right after them, in the same unit.
  public var heldPeak: Double?

  /// The measured rate over the ceiling.
  public var fraction: Double? { ceiling.map { value / $0.value } }

  /// The result as a line of text.
  public var text: String {
    let name = self.name.padding(toLength: max(52, self.name.count + 2), withPad: " ", startingAt: 0)
    let measured = Decimals.rounded(value, to: value < 10 ? 3 : 1)
    let figure = String(repeating: " ", count: max(0, 8 - measured.count)) + measured + " " + unit
    guard let ceiling, let fraction else { return name + figure + "\n" }
    return name + figure
      + "  \(Decimals.rounded(fraction * 100, to: 1)) % of \(Decimals.rounded(ceiling.value, to: 1)), "
      + "the \(ceiling.name)"
      + (heldPeak.map { "; \(Decimals.rounded(value / $0 * 100, to: 1)) % of what it holds" } ?? "") + "\n"
  }

  /// The result as a JSON object.
  public var json: JSONObject {
    JSONObject([
      ("kernel", .string(name)), ("threads", .integer(threads)), ("value", .number(value)), ("unit", .string(unit)),
      ("ceiling", ceiling.map { .number($0.value) } ?? .null),
      ("ceiling_name", ceiling.map { .string($0.name) } ?? .null),
      ("fraction", fraction.map { .number($0) } ?? .null), ("held_peak", heldPeak.map { .number($0) } ?? .null),
      ("dtype", "float32"),
    ])
  }
}

/// The measurements of the kernels that recurrent networks live on, in float32.
public struct KernelMeasurements {
  private let ceilings: Ceilings
  private let instructionSet: InstructionSet
  private let budget: Double

  /// Measurements on an instruction set.
  ///
  /// - Parameters:
  ///   - instructionSet: The instruction set.
  ///   - budget: The seconds that each kernel is run for.
  public init(instructionSet: InstructionSet = Execution.default.instructionSet, budget: Double = 0.3) {
    self.instructionSet = instructionSet
    ceilings = Ceilings(instructionSet: instructionSet)
    self.budget = budget
  }

  /// Runs all measurements, one after the other, and hands each one over as it is there.
  public func run<E: Error>(onResult: (KernelMeasurement) throws(E) -> Void) throws(E) {
    let peak = (ceilings.peak / 1e9, "multiply-add peak of a core")
    try onResult(
      KernelMeasurement(name: "multiply-add peak", threads: 1, value: peak.0, unit: "GFLOP/s", ceiling: nil))
    for kilobytes in [16, 512, 8192, 262_144] {
      let rate = ceilings.readBandwidth(bytes: kilobytes << 10) / 1e9
      try onResult(
        KernelMeasurement(
          name: "read bandwidth, \(Decimals.grouped(kilobytes)) KiB", threads: 1, value: rate, unit: "GB/s",
          ceiling: nil))
    }
    for product in ProductMeasurement.computeBound {
      let time = product.time(instructionSet, budget: budget)
      try onResult(
        KernelMeasurement(
          name: product.name, threads: 1, value: product.operations / time.seconds / 1e9, unit: "GFLOP/s",
          ceiling: peak, heldPeak: time.heldPeak / 1e9))
    }
    for product in ProductMeasurement.bandwidthBound {
      let rate = product.weightBytes / product.time(instructionSet, budget: budget).seconds / 1e9
      let bandwidth = ceilings.readBandwidth(bytes: Int(product.weightBytes)) / 1e9
      try onResult(
        KernelMeasurement(
          name: product.name, threads: 1, value: rate, unit: "GB/s",
          ceiling: (bandwidth, "read bandwidth at the matrix's size")))
    }
    for function in FunctionMeasurement.all {
      let cost = function.nanosecondsPerElement(instructionSet, budget: budget)
      try onResult(
        KernelMeasurement(
          name: "\(function.name) of \(Decimals.grouped(FunctionMeasurement.count)) in cache", threads: 1, value: cost,
          unit: "ns an element", ceiling: nil))
    }
    let chain = OperationCost(operations: 10_000, elements: 16)
    try onResult(
      KernelMeasurement(
        name: "eager operation, \(chain.elements) floats, forward and backward", threads: 1,
        value: chain.nanosecondsPerOperation(budget: budget), unit: "ns an operation", ceiling: nil))
    // A scan of 10,000 steps.
    let loop = OperationCost(operations: 30_000, elements: 16)
    try onResult(
      KernelMeasurement(
        name: "operation of a scan, \(loop.elements) floats, forward and backward", threads: 1,
        value: loop.nanosecondsPerScannedOperation(budget: budget), unit: "ns an operation", ceiling: nil))
  }
}
