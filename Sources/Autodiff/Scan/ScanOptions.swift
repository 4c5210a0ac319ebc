public import DenseArrays

/// How a scan runs.
public struct ScanOptions: Sendable {
  /// Run from the last step to the first; row t of the outputs belongs to row t of the sequences all the same.
  public var isReversed: Bool
  /// The number of steps of each member of the batch, which is the first axis of inputs, states and outputs.
  ///
  /// A member past its length keeps its state, and its outputs are 0; what stands in the sequences there is not looked at
  /// and has a gradient of exactly 0. A length may be 0. Without lengths all members have all steps.
  public var lengths: [Int]?
  /// Which steps count, [time, batch]: at a step where its number is 0 a member of the batch is treated as past its length.
  ///
  /// With lengths too, the steps that both leave in count.
  public var mask: DenseArray?
  /// No gradient goes through the states at every so many steps: truncated backpropagation through time.
  public var detachEvery: Int?
  /// What is kept for the reverse sweep.
  public var checkpointing: ScanCheckpointing
  /// Compute states that change linearly, h = a h' + b element by element, for all steps without a loop.
  ///
  /// Whether they do is found from the traced step, whose a and b may depend on inputs, parameters and on states that are
  /// found before; `ScanReport.loopReason` says why another step is run as a loop all the same. The numbers are the
  /// loop's up to rounding. Worth it where a step has few numbers and there are many steps: see `linearRecurrence`.
  public var isParallel: Bool
  /// Record the steps one after the other without trying to trace them.
  public var isUnrolled: Bool
  /// Names of values (see `Variable.named` and `ScanResult.names`) whose numbers at all steps are kept, and whose gradients
  /// can be had. A name that a step gives twice stops, unless the second value, with a 2 behind its name, is asked for too.
  public var keeps: [String]
  /// The optimisations of a traced step.
  public var passes: ScanPasses

  public init(
    isReversed: Bool = false, lengths: [Int]? = nil, mask: DenseArray? = nil, detachEvery: Int? = nil,
    checkpointing: ScanCheckpointing = .none, isParallel: Bool = false, isUnrolled: Bool = false, keeps: [String] = [],
    passes: ScanPasses = .all
  ) {
    self.isReversed = isReversed
    self.lengths = lengths
    self.mask = mask
    self.detachEvery = detachEvery
    self.checkpointing = checkpointing
    self.isParallel = isParallel
    self.isUnrolled = isUnrolled
    self.keeps = keeps
    self.passes = passes
  }
}

/// What a scan keeps of its steps for the reverse sweep.
public enum ScanCheckpointing: Hashable, Sendable {
  /// Everything that the derivatives need.
  case none
  /// The states at the starts of about as many segments as the square root of the number of steps; a segment is run once
  /// more when the reverse sweep reaches it.
  case segments
  /// At most about this many states, and as many steps of one segment: segments of segments where that takes more runs.
  case slots(Int)
}

/// The optimisations of a traced step; all give the same numbers up to rounding.
public struct ScanPasses: OptionSet, Hashable, Sendable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Products and what they need are done for all steps at once where no state takes part.
  public static let hoisting = ScanPasses(rawValue: 1)
  /// Products of one left operand become one product.
  public static let merging = ScanPasses(rawValue: 2)
  /// Elementwise operations become one pass.
  public static let fusion = ScanPasses(rawValue: 4)
  /// Gradients of weights and other captured values are made for all steps at once, after the loop.
  public static let weightGradientsOutside = ScanPasses(rawValue: 8)
  /// What the derivatives need is kept; without it the reverse loop computes it again from states and inputs.
  public static let savedValues = ScanPasses(rawValue: 16)

  /// All of them.
  public static let all: ScanPasses = [.hoisting, .merging, .fusion, .weightGradientsOutside, .savedValues]
}
