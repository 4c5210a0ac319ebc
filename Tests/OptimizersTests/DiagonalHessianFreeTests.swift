import Autodiff
import DenseArrays
import Layers
import Optimizers
import Testing

@Suite("The diagonal Hessian-free step")
struct DiagonalHessianFreeTests {
  /// p with outputs c_i p_i and targets 0: the loss is the mean of (c_i p_i)^2, whose diagonal is the whole matrix.
  private struct Valley: Module {
    let first: Parameter
    let second = Parameter(DenseArray([2] as [Double], shape: [1]), name: "second")

    init(_ first: Double = 3) { self.first = Parameter(DenseArray([first], shape: [1]), name: "first") }

    func record(_ tape: Tape, of parameters: NamedParameters? = nil) -> RecordedLoss {
      let p = concatenate([tape.parameter(first), tape.parameter(second)], axis: 0)
      let scales = tape.constant(DenseArray([1, 10] as [Double], shape: [2]))
      return RecordedLoss(
        (scales * p).expanded(axis: 0), .squaredError(targets: DenseArray(zeros: [1, 2], .float64)),
        of: parameters ?? self.parameters)
    }
  }

  /// A step with an observation, and the losses before and after it.
  private func step(_ optimizer: inout DiagonalHessianFree, _ valley: Valley) throws -> (before: Double, after: Double)
  {
    let tape = Tape(scalarType: .float64)
    var random = RandomSource(seed: 1)
    let recorded = valley.record(tape)
    let before = recorded.loss.item
    try optimizer.observe(recorded, using: &random)
    try optimizer.update(with: tape.gradients(of: recorded.loss))
    tape.reset()
    defer { tape.reset() }
    return (before, tape.withoutGradients { valley.record(tape).loss.item })
  }

  @Test("damping falls while the model is right, and the step goes on to Newton's")
  func falls() throws {
    let valley = Valley()
    var optimizer = DiagonalHessianFree(valley.parameters, damping: 1)
    for count in 1...60 {
      let losses = try step(&optimizer, valley)
      if losses.before < 1e-20 { break }
      let ratio = optimizer.adaptDamping(lossBefore: losses.before, lossAfter: losses.after)
      // The model is the loss itself; in the end both changes are of size 1e-20.
      #expect(abs(ratio - 1) < 1e-6)
      #expect(abs(optimizer.damping * exponential(1.5, count) - 1) < 1e-12)
    }
    #expect(valley.first.value.item < 1e-9)
  }

  private func exponential(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }

  @Test("damping grows where the step is too long, so that a loss that rose falls again")
  func grows() throws {
    // cosh grows much faster than its curvature at a small point says; the estimator is given that small curvature.
    struct Flat: CurvatureEstimator {
      func sample(_ recorded: RecordedLoss, using random: inout RandomSource) -> [DenseArray] {
        recorded.parameters.map { DenseArray(repeating: 0.01, shape: $0.parameter.shape, .float64) }
      }
    }
    let valley = Valley()
    var optimizer = DiagonalHessianFree(valley.parameters, damping: 0.01, estimator: Flat())
    var rises = 0
    var (highest, last) = (0.0, 0.0)
    for _ in 0..<60 {
      let losses = try step(&optimizer, valley)
      if losses.after > losses.before { rises += 1 }
      optimizer.adaptDamping(lossBefore: losses.before, lossAfter: losses.after)
      last = losses.after
      highest = max(highest, last)
    }
    // The curvature of the second number is 100: steps are short enough once lambda is above half of that.
    #expect(rises > 5 && optimizer.damping > 40 && optimizer.damping < 300 && last < 1e-6 * highest)
  }

  @Test("a step that momentum carries uphill says nothing about the model")
  func uphill() throws {
    let valley = Valley()
    var optimizer = DiagonalHessianFree(valley.parameters, damping: 1, momentum: 0.95)
    var wasUphill = false
    for _ in 0..<30 {
      let losses = try step(&optimizer, valley)
      let before = optimizer.damping
      if optimizer.predictedChange >= 0 {
        wasUphill = true
        optimizer.adaptDamping(lossBefore: losses.before, lossAfter: losses.after)
        #expect(optimizer.damping == before)
        optimizer.adaptDamping(lossBefore: losses.before, lossAfter: .infinity)
        #expect(optimizer.damping == before * 1.5)
      }
    }
    #expect(wasUphill)
  }

  @Test("the prediction is of the loss itself, whatever was clipped, and frozen parameters are no part of it")
  func prediction() throws {
    let valley = Valley()
    var optimizer = DiagonalHessianFree(valley.parameters, damping: 1)
    optimizer.clipping = .globalNorm(0.1)
    let losses = try step(&optimizer, valley)
    #expect(losses.after < losses.before)
    #expect(abs((losses.after - losses.before) / optimizer.predictedChange - 1) < 1e-12)

    let frozen = Valley(.infinity)
    var other = DiagonalHessianFree(frozen.parameters, damping: 1, estimator: Ones())
    other.groups = [ParameterGroup([frozen.first], isFrozen: true)]
    let tape = Tape(scalarType: .float64)
    var random = RandomSource(seed: 1)
    try other.observe(frozen.record(tape), using: &random)
    try other.update(with: tape.gradients(of: tape.parameter(frozen.first).sum() + tape.parameter(frozen.second).sum()))
    // g = 1 and d + lambda = 2: the step is -1/2, and the prediction -1/2 + 1/8.
    #expect(other.predictedChange == -0.375 && frozen.first.value.item == .infinity)
  }

  private struct Ones: CurvatureEstimator {
    func sample(_ recorded: RecordedLoss, using random: inout RandomSource) -> [DenseArray] {
      recorded.parameters.map { DenseArray(repeating: 1, shape: $0.parameter.shape, .float64) }
    }
  }

  @Test("a damping that is not a finite number above 0 stops, or is refused in a saved state")
  func damping() async throws {
    let valley = Valley()
    var optimizer = DiagonalHessianFree(valley.parameters, damping: 2)
    for value in [0, -1, Double.nan, .infinity] {
      var state = optimizer.state
      let index = try #require(state.firstIndex { $0.name == "damping" })
      state[index].array = DenseArray(scalar: value, .float64)
      #expect(throws: StateError.self) { try optimizer.load(state) }
      #expect(optimizer.damping == 2)
    }
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var optimizer = DiagonalHessianFree(Valley().parameters)
      optimizer.damping = 0
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("DiagonalHessianFree: damping 0.0; expected a finite number above 0\n"))
  }
}
