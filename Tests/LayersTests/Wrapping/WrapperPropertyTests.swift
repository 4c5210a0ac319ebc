import Autodiff
import DenseArrays
import GradientChecking
import Layers
import Testing

/// What every wrapper has to do round every cell that it goes with.
@Suite("Every wrapper round every cell")
struct WrapperPropertyTests {
  private static func inputs(_ time: Int = 7, _ batch: Int = 4) -> DenseArray {
    var random = RandomSource(seed: 6)
    return DenseArray.normal([time, batch, 3], .float64, using: &random)
  }

  /// Outputs, last states, and gradients with respect to inputs and parameters, in training mode.
  private func run(
    _ cell: some RecurrentCell, _ data: DenseArray = inputs(), options: ScanOptions = ScanOptions(),
    isUnrolled: Bool = false, threads: Int = 1, hessian: Bool = false
  ) -> (arrays: [DenseArray], report: ScanReport) {
    let tape = Tape(scalarType: .float64, execution: Execution(threads: threads))
    tape.randomSeed = 21
    let x = tape.variable(data)
    let (result, last) = Recurrent(cell, isUnrolled: isUnrolled).scanned(x, options: options, isTraining: true)
    let outputs = result.outputs[0]
    var loss = (outputs * (1 + outputs)).sum()
    for (index, state) in last.variables.enumerated() { loss = loss + Double(index + 2) * sin(state).sum() }
    var arrays = [outputs.value] + last.values
    let parameters = cell.parameters.map(\.parameter)
    if hessian {
      let variables = [x] + parameters.map { tape.parameter($0) }
      arrays += tape.hessian(of: loss, withRespectTo: variables).product(variables.map(\.value))
    }
    let gradients = tape.gradients(of: loss)
    return (arrays + [gradients[x]] + parameters.map { gradients[$0] }, result.report)
  }

  private func expectEqual(_ found: [DenseArray], _ expected: [DenseArray], _ tolerance: Double) {
    #expect(found.count == expected.count)
    for (index, (a, b)) in zip(found, expected).enumerated() {
      expectClose(a, b, tolerance: tolerance, "array \(index)")
    }
  }

  // Sums of some hundred terms of order 1, in another order; norms of small sums lose some digits.
  @Test(
    "a scan is a loop, with the same draws, in outputs, states, gradients and Hessian products",
    arguments: WrapperCase.all, [false, true])
  func scan(wrapper: WrapperCase, isReversed: Bool) {
    func check(_ cell: some RecurrentCell) {
      let options = ScanOptions(isReversed: isReversed, lengths: isReversed ? [7, 0, 3, 1] : nil)
      let (scanned, report) = run(cell, options: options, hessian: true)
      let (looped, _) = run(cell, options: options, isUnrolled: true, hessian: true)
      #expect(report.reason == nil)
      expectEqual(scanned, looped, 1e-11)
    }
    check(wrapper.make())
  }

  @Test(
    "what is checkpointed draws the same again",
    arguments: WrapperCase.all.filter { $0.wrapper != .batchNorm },
    [ScanCheckpointing.segments, .slots(2)])
  func checkpointing(wrapper: WrapperCase, checkpointing: ScanCheckpointing) {
    func check(_ cell: some RecurrentCell) {
      let (kept, _) = run(cell)
      let options = ScanOptions(checkpointing: checkpointing)
      expectEqual(run(cell, options: options).arrays, kept, 1e-11)
      expectEqual(run(cell, options: options, isUnrolled: true).arrays, kept, 1e-11)
    }
    check(wrapper.make())
  }

  @Test("the number of threads changes no bit", arguments: WrapperCase.all)
  func threads(wrapper: WrapperCase) {
    func check(_ cell: some RecurrentCell) {
      let data = Self.inputs(5, 40)
      let (one, _) = run(cell, data, threads: 1)
      for threads in [2, 3] {
        let (several, _) = run(cell, data, threads: threads)
        #expect(zip(one, several).allSatisfy { $0.isBitIdentical(to: $1) })
      }
    }
    check(wrapper.make())
  }

  // Draws are numbered through the array, so that the first sequences of a larger batch have those of a smaller one.
  @Test("a batch is its sequences", arguments: WrapperCase.all.filter { $0.wrapper != .batchNorm })
  func batch(wrapper: WrapperCase) {
    func check(_ cell: some RecurrentCell) {
      let layer = Recurrent(cell)
      let tape = Tape(scalarType: .float64)
      let x = tape.constant(Self.inputs())
      for isTraining in [false, true] {
        let whole = layer(x, isTraining: isTraining).outputs
        for count in 1...3 {
          let part = layer(x.slice(axis: 1, 0..<count), isTraining: isTraining).outputs.value
          expectClose(whole.slice(axis: 1, 0..<count).value, part, tolerance: 1e-12, "\(count) sequences")
        }
      }
    }
    check(wrapper.make())
  }

  #if DEBUG
    // Second derivatives take long without optimisation: every third wrapper, larger arrays along random directions.
    private static let withDifferences = stride(from: 0, to: WrapperCase.all.count, by: 3).map { WrapperCase.all[$0] }
    private static let elementLimit = 8
  #else
    private static let withDifferences = WrapperCase.all
    private static let elementLimit = GradientCheckOptions().elementLimit
  #endif

  @Test("derivatives of training with fixed draws are those of differences", arguments: withDifferences)
  func gradients(wrapper: WrapperCase) {
    func check(_ cell: some RecurrentCell) {
      let layer = Recurrent(cell)
      var options = GradientCheckOptions()
      options.elementLimit = Self.elementLimit
      let report = checkGradients(of: layer, at: [Self.inputs(3, 3)], named: ["inputs"], options: options) {
        _, inputs in layer(inputs[0], isTraining: true).outputs
      }
      #expect(report.passed, "\(report)")
      if wrapper.isStochastic { #expect(report.unused == []) }
    }
    check(wrapper.make(rate: 0.3))
  }

  @Test("evaluation and a rate of 0 are the cell itself to the bit", arguments: WrapperCase.stochastic)
  func plain(wrapper: WrapperCase) {
    func outputs(_ cell: some RecurrentCell, isTraining: Bool) -> DenseArray {
      cell.convert(to: .float64)
      let tape = Tape(scalarType: .float64)
      return Recurrent(cell)(tape.constant(Self.inputs()), isTraining: isTraining).outputs.value
    }
    var random = RandomSource(seed: 4)
    let base = wrapper.makeBase(&random)
    let expected = outputs(base, isTraining: false)
    #expect(outputs(wrapper.wrapped(base, 0, &random), isTraining: true).isBitIdentical(to: expected))
    if wrapper.wrapper != .zoneout {
      #expect(outputs(wrapper.wrapped(base, 0.5, &random), isTraining: false).isBitIdentical(to: expected))
    }
    #expect(!outputs(wrapper.wrapped(base, 0.5, &random), isTraining: true).isBitIdentical(to: expected))
    #expect(wrapper.wrapped(base, 0.5, &random).parameters.map(\.name) == base.parameters.map(\.name))
  }

  @Test("what is saved is restored", arguments: WrapperCase.all)
  func saving(wrapper: WrapperCase) throws {
    func outputs(_ cell: some RecurrentCell) -> DenseArray {
      Recurrent(cell)(Tape(scalarType: .float64).constant(Self.inputs())).outputs.value
    }
    let (saved, restored) = (wrapper.make(), wrapper.make(seed: 5))
    if wrapper.wrapper == .batchNorm {
      func train(_ cell: some RecurrentCell) { _ = run(cell) }
      train(saved)
    }
    #expect(!outputs(saved).isBitIdentical(to: outputs(restored)))
    try restored.load(saved.state)
    #expect(outputs(saved).isBitIdentical(to: outputs(restored)))
  }

  @Test("a loop of one's own over steps is the scan", arguments: WrapperCase.all)
  func ownLoop(wrapper: WrapperCase) {
    func check(_ cell: some RecurrentCell) {
      let tape = Tape(scalarType: .float64)
      let x = tape.constant(Self.inputs())
      var state = cell.zeroState(batch: 4, on: tape)
      var outputs: [Variable] = []
      for t in 0..<7 {
        let (output, next) = cell.step(x[t], state, StepContext(tape: tape, step: t, isTraining: true))
        outputs.append(output)
        state = next
      }
      let scanned = Recurrent(cell)(x, isTraining: true).outputs.value
      expectClose(stack(outputs).value, scanned, tolerance: 1e-11, "outputs")
    }
    check(wrapper.make())
  }
}
