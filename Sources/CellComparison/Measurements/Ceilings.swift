public import Autodiff
internal import CKernels

/// What one core can do at most, as measured here and now; the tile registers of AMX can do more than `peak`.
public struct Ceilings: Hashable, Sendable {
  /// Floating-point operations a second of float32 multiply-adds that stay in registers, two operations each.
  public let peak: Double

  private let instructionSet: InstructionSet

  /// Measures for about `seconds`.
  public init(instructionSet: InstructionSet = Execution.default.instructionSet, seconds: Double = 0.3) {
    self.instructionSet = instructionSet
    peak = tk_measure_fma_peak(Ceilings.kernels(instructionSet), TK_FLOAT32, seconds)
  }

  /// Bytes a second read from a buffer of the given size, over and over.
  public func readBandwidth(bytes: Int, seconds: Double = 0.2) -> Double {
    tk_measure_read_bandwidth(Ceilings.kernels(instructionSet), bytes, seconds)
  }

  /// Keeps the calling thread, and those that it starts from then on, on the first `count` of the cores that it may use.
  ///
  /// So that a measurement on n threads has n cores and no more. Not every system has such a call.
  ///
  /// - Returns: Whether the system did so.
  @discardableResult
  public static func limitProcess(toCores count: Int) -> Bool {
    tk_limit_to_cores(Int32(truncatingIfNeeded: count))
  }

  /// The kernels of an instruction set; the portable ones where the machine lacks it.
  static func kernels(_ instructionSet: InstructionSet) -> OpaquePointer? {
    tk_kernels_for(tk_instruction_set(rawValue: tk_instruction_set.RawValue(instructionSet.rawValue)))
  }
}
