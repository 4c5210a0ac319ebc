internal import Autodiff

/// What a speed measurement gave.
public struct SpeedResult: Sendable {
  /// What memory it took.
  public struct Memory: Hashable, Sendable {
    /// The most bytes of the process that were in memory at one time, or nil where the system does not tell.
    public let peakResidentBytes: Int?
    /// The most bytes of values that the tape had in use in a forward pass, without the outputs: what a training step
    /// keeps for the reverse sweep. The inputs are not on the tape.
    public let keptBytes: Int
    /// The most bytes of values that the tape had in use in a whole step.
    public let peakBytes: Int
  }

  /// A product with the Hessian, and what it is compared with, measured by turns.
  public struct HessianTimings: Hashable, Sendable {
    /// A forward pass, its recorded gradient and a product.
    public let product: Timing
    /// One more product at the same point.
    public let furtherProduct: Timing
    /// A forward pass and its gradient.
    public let gradient: Timing
  }

  /// What was measured.
  public let measurement: SpeedMeasurement
  /// The time of one forward pass, training step or product from scratch.
  public let timing: Timing
  /// The seconds from the start of the process to the end of the first step, or nil where the system does not tell.
  public let firstStep: Double?
  /// What memory it took.
  public let memory: Memory
  /// The gradient and further products, for the phase of Hessian products.
  public let hessian: HessianTimings?
  /// Whether the steps were traced or unrolled.
  public let isUnrolled: Bool
  /// Whether the states of all steps were computed without a loop.
  public let isParallel: Bool
  /// Why the steps were unrolled, or run as a loop, although nobody asked for it.
  public let reason: String?
  /// Useful operations of matrix products a second, or nil where the cell's products have not been counted.
  public let operationsPerSecond: Double?
  /// Those over the peak of all cores used.
  public let fractionOfPeak: Double?

  init(
    _ measurement: SpeedMeasurement, timing: Timing, firstStep: Double?, memory: Memory, hessian: HessianTimings?,
    report: ScanReport?, ceilings: Ceilings?
  ) {
    self.measurement = measurement
    self.timing = timing
    self.firstStep = firstStep
    self.memory = memory
    self.hessian = hessian
    isParallel = report?.isParallel ?? false
    isUnrolled = report?.body == nil && !isParallel
    reason = report?.reason ?? report?.loopReason
    let rate = measurement.usefulOperations.map { $0 / timing.median }
    operationsPerSecond = rate
    fractionOfPeak = ceilings.flatMap { ceilings in rate.map { $0 / (Double(measurement.threads) * ceilings.peak) } }
  }

  /// "scan", "parallel" or "unrolled".
  private var mode: String { isUnrolled ? "unrolled" : isParallel ? "parallel" : "scan" }

  /// The result in words.
  public var text: String {
    let sizes =
      "\(measurement.timeSteps) steps, batch \(measurement.batchSize), input \(measurement.inputSize), "
      + "hidden \(measurement.hiddenSize), threads \(measurement.threads), \(mode)"
    let time =
      "median \(Self.milliseconds(timing.median)), minimum \(Self.milliseconds(timing.minimum)) of \(timing.runs) runs"
    let rate = operationsPerSecond.map { ", \(Decimals.rounded($0 / 1e9, to: 1)) GFLOP/s" } ?? ""
    let fraction = fractionOfPeak.map { ", \(Decimals.rounded($0 * 100, to: 1)) % of the peak" } ?? ""
    var text = "\(measurement.cell.name) \(measurement.phase.rawValue), \(sizes): \(time)\(rate)\(fraction)\n"
    if let reason { text += "\(isUnrolled ? "unrolled" : "a loop"): \(reason)\n" }
    if let hessian {
      let (gradient, further) = (hessian.gradient.median, hessian.furtherProduct.median)
      text +=
        "gradient \(Self.milliseconds(gradient)); a product from scratch "
        + "\(Decimals.rounded(timing.median / gradient, to: 2)) of it; each further one \(Self.milliseconds(further)), "
        + "\(Decimals.rounded(further / gradient, to: 2)) of it\n"
    }
    if let firstStep { text += "first step ended \(Self.milliseconds(firstStep)) after the start of the process; " }
    if let bytes = memory.peakResidentBytes { text += "at most \(Self.mebibytes(bytes)) in memory; " }
    if measurement.phase != .forward { text += "kept for the reverse sweep \(Self.mebibytes(memory.keptBytes)), " }
    return text + "at most \(Self.mebibytes(memory.peakBytes)) of values\n"
  }

  /// The result as a JSON object.
  public var json: JSONObject {
    var json = JSONObject([
      ("peer", "tapestry"), ("cell", .string(measurement.cell.name)), ("hidden", .integer(measurement.hiddenSize)),
      ("input", .integer(measurement.inputSize)), ("batch", .integer(measurement.batchSize)),
      ("time_steps", .integer(measurement.timeSteps)), ("layers", 1), ("dtype", "float32"),
      ("threads", .integer(measurement.threads)), ("phase", .string(measurement.phase.rawValue)),
      ("median_ms", .number(Self.rounded(timing.median * 1e3, 4))),
      ("min_ms", .number(Self.rounded(timing.minimum * 1e3, 4))), ("runs", .integer(timing.runs)),
      ("gflops", operationsPerSecond.map { .number(Self.rounded($0 / 1e9, 2)) } ?? .null),
      ("fraction_of_peak", fractionOfPeak.map { .number(Self.rounded($0, 4)) } ?? .null), ("mode", .string(mode)),
      ("first_step_ms", firstStep.map { .number(Self.rounded($0 * 1e3, 1)) } ?? .null),
      ("first_step_excess_ms", firstStep.map { .number(Self.rounded(($0 - timing.median) * 1e3, 1)) } ?? .null),
      ("peak_rss_mib", memory.peakResidentBytes.map { .number(Self.rounded(Double($0) / 1_048_576, 1)) } ?? .null),
      ("kept_bytes", .integer(memory.keptBytes)), ("peak_bytes", .integer(memory.peakBytes)),
    ])
    if let reason { json.append(isUnrolled ? "unrolled_because" : "loop_because", .string(reason)) }
    if let hessian {
      json.append("gradient_median_ms", .number(Self.rounded(hessian.gradient.median * 1e3, 4)))
      json.append("gradient_min_ms", .number(Self.rounded(hessian.gradient.minimum * 1e3, 4)))
      json.append("further_median_ms", .number(Self.rounded(hessian.furtherProduct.median * 1e3, 4)))
      json.append("further_min_ms", .number(Self.rounded(hessian.furtherProduct.minimum * 1e3, 4)))
    }
    return json
  }

  private static func milliseconds(_ seconds: Double) -> String { "\(Decimals.rounded(seconds * 1e3, to: 3)) ms" }

  private static func mebibytes(_ bytes: Int) -> String { "\(Decimals.rounded(Double(bytes) / 1_048_576, to: 2)) MiB" }

  private static func rounded(_ value: Double, _ decimals: Int) -> Double {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    return (value * scale).rounded() / scale
  }
}
