internal import CKernels
public import DenseArrays

/// A straight-line program over dense arrays that runs while it is being recorded.
///
///     let tape = Tape()
///     for batch in batches {
///       tape.reset()
///       let loss = model.loss(tape.constant(batch))
///       try optimizer.update(model, with: tape.gradients(of: loss))
///     }
///
/// A tape is open from its first operation until a plain reverse sweep consumes it, `reset()` is called, or it goes away;
/// while it is open, the parameters that it uses are read-only. Memory is kept from step to step. A tape belongs to one
/// thread at a time; its kernels use a team of threads.
public final class Tape {
  /// The type of everything that is created on the tape: zeros, constants from numbers, bound parameters.
  public let scalarType: ScalarType
  /// Where operations run.
  public let execution: Execution
  /// The tape whose variables may be used on this one, as inputs that have gradients.
  public internal(set) var parent: Tape?
  /// The seed of the random draws that are recorded on the tape.
  public var randomSeed: UInt64 = 0

  let core: UnsafeMutablePointer<TapeCore>
  let tracer: PointwiseTracer
  /// Objects that the recording refers to without owning them.
  var retained: [AnyObject] = []
  var leaves: [Leaf] = []
  var parameterSlots: [ObjectIdentifier: Int32] = [:]
  var boundArrays: [ObjectIdentifier: DenseArray] = [:]
  var captures: [Int32: Int32] = [:]
  var capturedSlots: [Int32] = []
  var valueNames: [Int32: String] = [:]
  @inline(__always) var sweep: UnsafeMutablePointer<SweepState> { core.pointee.sweep }
  /// Whether parameters and variables are recorded so that they can have gradients.
  var recordsGradients = true
  /// Rules that stand in for those of other primitives during sweeps; only tests set it.
  package var ruleSubstitutions: [ObjectIdentifier: Primitive] = [:]
  /// What `scan` knows of the steps that it has met; the tapes inside a tape share it.
  var scanMemory = ScanMemory()
  /// Tapes on which steps of this one were recorded, for the next ones.
  var idleStepTapes: [Tape] = []
  /// What stands in for parameters, products and named values; see `overriding`.
  var overrides: Overrides?
  /// Notes what a step asks of its scan while it is being recorded here.
  var stepRecorder: StepRecorder?
  /// Reading a value that is not there gives zeros: the recording is thrown away afterwards.
  var toleratesReading = false
  /// Whether what is derived on this symbolic tape will be differentiated once more.
  var isDifferentiatedFurther = true
  /// A tape for running nested programs.
  var scratch: Tape?
  var gradientStorage: GradientStorage?
  public internal(set) var firstNonFinite: NonFiniteReport?
  /// Reading a value was attempted; a traced body that reads values cannot be replayed.
  var valueWasRead = false

  /// An empty tape.
  ///
  /// - Parameters:
  ///   - scalarType: float32 or float64; int32 stops.
  ///   - execution: instruction set and threads; what the environment asks for by default.
  ///   - parent: a tape whose variables can be used on this one, together with variables of this one; an operation whose
  ///     operands all belong to the parent is recorded on the parent. (In a step of a `scan` and in a function given to
  ///     `checkpoint` everything is recorded inside, whatever tape its operands belong to.)
  public convenience init(scalarType: ScalarType = .float32, execution: Execution = .default, parent: Tape? = nil) {
    self.init(scalarType: scalarType, execution: execution, parent: parent, mode: .recorded)
  }

  init(scalarType: ScalarType, execution: Execution, parent: Tape?, mode: RecordingMode) {
    guard scalarType.isFloatingPoint else { stop("Tape: computes in float32 or float64, not in int32") }
    self.scalarType = scalarType
    self.execution = execution
    self.parent = parent
    tracer = parent?.tracer ?? PointwiseTracer()
    core = .allocate(capacity: 1)
    core.initialize(to: TapeCore(tape: self, kernels: execution.kernels, threads: execution.threads))
    core.pointee.mode = mode
  }

  deinit {
    closeParameters()
    core.pointee.deallocate()
    core.deinitialize(count: 1)
    core.deallocate()
  }

  /// Forgets the recording and keeps its memory for the next one; variables made before are refused from then on.
  public func reset() {
    closeParameters()
    retained.removeAll(keepingCapacity: true)
    boundArrays.removeAll(keepingCapacity: true)
    captures.removeAll(keepingCapacity: true)
    capturedSlots.removeAll(keepingCapacity: true)
    valueNames.removeAll(keepingCapacity: true)
    firstNonFinite = nil
    valueWasRead = false
    core.pointee.slots.truncate(to: 0)
    core.pointee.operations.truncate(to: 0)
    core.pointee.operandSlots.truncate(to: 0)
    core.pointee.integers.truncate(to: 0)
    core.pointee.scalars.truncate(to: 0)
    core.pointee.packed.truncate(to: 0)
    core.pointee.scopes.truncate(to: 0)
    core.pointee.currentScope = -1
    core.pointee.arena.reset()
    core.pointee.packedParameters.takeUnretainedValue().reset()
    core.pointee.generation &+= 1
    core.pointee.isOpen = true
    core.pointee.hasPostponed = false
  }

  /// Lets go of the parameters, which can be changed from then on.
  func closeParameters() {
    for leaf in leaves { leaf.parameter?.openRecordings -= 1 }
    leaves.removeAll(keepingCapacity: true)
    parameterSlots.removeAll(keepingCapacity: true)
    core.pointee.packedParameters.takeUnretainedValue().releaseSources()
  }

  /// Whether operations compute values: not while a step or a checkpointed function is traced.
  package var hasValues: Bool { innermostRecording.core.pointee.mode != .symbolic }

  /// The number of recorded operations.
  public var operationCount: Int { core.pointee.operations.count }

  /// How often the tape has asked the system for memory for values so far: constant once a training loop is warm.
  public var memoryRequests: Int {
    core.pointee.arena.systemRequests + core.pointee.packedParameters.takeUnretainedValue().systemRequests
  }

  /// Bytes that the tape holds for values.
  public var memoryByteCount: Int { core.pointee.arena.byteCount }

  /// The most bytes of values that were in use at one time since the last reset.
  public var peakBytesInUse: Int { core.pointee.arena.peakBytesInUse }

  /// Finds the operation, scope and step that first made a NaN or an infinity; see `firstNonFinite`.
  ///
  /// Each operation's results are then read once more.
  public var detectsNonFinite: Bool {
    get { core.pointee.detectsNonFinite }
    set { core.pointee.detectsNonFinite = newValue }
  }

  /// Keeps an object alive as long as the recording refers to it.
  func retain(_ object: AnyObject) {
    if let last = retained.last, last === object { return }
    retained.append(object)
  }

  /// Runs `body` inside a named scope, which messages, printed programs and reports show: "gru0, step 17".
  public func withScope<Result>(_ name: String, step: Int? = nil, _ body: () throws -> Result) rethrows -> Result {
    let outer = core.pointee.currentScope
    let number = core.pointee.scopeNames.takeUnretainedValue().number(name)
    core.pointee.scopes.append(
      Scope(name: number, step: step.map { Int32(truncatingIfNeeded: $0) } ?? -1, parent: outer))
    core.pointee.currentScope = Int32(core.pointee.scopes.count - 1)
    defer { core.pointee.currentScope = outer }
    return try body()
  }

  /// The tape of the innermost recording that is going on inside this tape, or the tape itself.
  var innermostRecording: Tape {
    var tape = self
    while let inner = tape.core.pointee.innerRecording { tape = inner.takeUnretainedValue() }
    return tape
  }

  /// Runs `body`, which records on an inner tape: whatever it does to this tape's values is recorded there too.
  func recording<Result>(on inner: Tape, _ body: () -> Result) -> Result {
    let outer = core.pointee.innerRecording
    core.pointee.innerRecording = .passUnretained(inner)
    defer { core.pointee.innerRecording = outer }
    return body()
  }

  /// Runs `body` with parameters and variables bound as constants: nothing is kept for a gradient.
  ///
  /// The first use of a parameter in a recording decides: one that was used before stays as it is, and one that is first
  /// used here has no gradient in all of the recording. An optimizer need not know it.
  public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = recordsGradients
    recordsGradients = false
    defer { recordsGradients = before }
    return try body()
  }
}
