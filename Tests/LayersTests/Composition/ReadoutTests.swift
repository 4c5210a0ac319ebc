import Autodiff
import DenseArrays
import GradientChecking
import Layers
import Testing

@Suite("Read-outs")
struct ReadoutTests {
  static let names = ["last", "mean", "max", "attentive"]

  private static func make(_ name: String) -> any Readout {
    var random = RandomSource(seed: 5)
    switch name {
    case "last": return LastStep()
    case "mean": return MeanOverTime()
    case "max": return MaxOverTime()
    default:
      let readout = AttentiveReadout(inputSize: 4, attentionSize: 3, using: &random)
      readout.scatter(using: &random)
      return readout
    }
  }

  @Test("derivatives are those of differences, with lengths and without", arguments: names)
  func gradients(name: String) {
    func check(_ readout: some Readout) {
      for lengths in [nil, [5, 3, 1]] {
        let report = checkGradients(of: readout, at: [normal([5, 3, 4])]) { _, inputs in
          readout(inputs[0], lengths: lengths)
        }
        #expect(report.passed && report.unused == [], "\(report)")
      }
    }
    check(Self.make(name))
  }

  @Test("steps that do not count may be anything and have no gradient", arguments: names)
  func padding(name: String) {
    let readout = Self.make(name)
    let mask = DenseArray([1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1] as [Double], shape: [4, 3])
    let clean = normal([4, 3, 4])
    var dirty = clean
    for step in 0..<4 {
      for sequence in 0..<3 where mask[step, sequence] == 0 {
        for unit in 0..<4 { dirty[step, sequence, unit] = .nan }
      }
    }
    let tape = Tape(scalarType: .float64)
    let y = tape.variable(dirty)
    let found = readout(y, mask: mask)
    expectClose(found.value, readout(tape.constant(clean), mask: mask).value, tolerance: 0, name)
    // The first sequence without what does not count.
    let alone = readout(stack([0, 2].map { tape.constant(clean)[$0].slice(axis: 0, 0..<1) })).value
    expectClose(found.slice(axis: 0, 0..<1).value, alone, tolerance: 1e-15, "\(name), alone")
    let gradient = tape.gradients(of: found.weighted)[y]
    for step in 0..<4 {
      for sequence in 0..<3 where mask[step, sequence] == 0 {
        #expect((0..<4).allSatisfy { gradient[step, sequence, $0] == 0 })
      }
    }
    #expect(gradient.elements.contains { $0 != 0 } && gradient.elements.allSatisfy(\.isFinite))
  }

  @Test("a batch of sequences without steps has zeros and gradients of zero", arguments: names)
  func empty(name: String) {
    let readout = Self.make(name)
    let tape = Tape(scalarType: .float64)
    let y = tape.variable(normal([3, 2, 4]))
    let found = readout(y, lengths: [0, 0])
    #expect(found.value.elements == [Double](repeating: 0, count: 8))
    #expect(tape.gradients(of: found.weighted)[y].elements.allSatisfy { $0 == 0 })
  }

  @Test("the weights of the attentive read-out sum to one over the steps that count")
  func weights() {
    var random = RandomSource(seed: 5)
    let readout = AttentiveReadout(inputSize: 4, attentionSize: 3, using: &random)
    let tape = Tape()
    let weights = readout.weights(
      tape.constant(normal([5, 2, 4]).converted(to: .float32)),
      mask: .mask(lengths: [5, 2], steps: 5)
    ).value
    for sequence in 0..<2 {
      let column = (0..<5).map { weights[$0, sequence] }
      #expect(abs(column.reduce(0, +) - 1) < 1e-6)
      #expect(column.enumerated().allSatisfy { ($1 > 0) == ($0 < [5, 2][sequence]) })
    }
  }

  @Test("lengths make a mask of ones and zeros")
  func mask() {
    let mask = DenseArray.mask(lengths: [2, 0, 3], steps: 3)
    #expect(mask.shape == [3, 3] && mask.elements == [1, 0, 1, 1, 0, 1, 0, 0, 1])
  }

  @Test("outputs without a time axis, masks of another shape and impossible lengths stop")
  func mistakes() async {
    let outputs = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LastStep()(Tape().zeros([2, 3]))
    }
    expectMessage(
      "LastStep: outputs of shape [2, 3]; expected [time, batch, features] with at least one step", in: outputs)
    let mask = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = MeanOverTime()(Tape().zeros([2, 3, 4]), mask: DenseArray(zeros: [3, 2]))
    }
    expectMessage("MeanOverTime: a mask of shape [3, 2] for outputs of shape [2, 3, 4]", in: mask)
    let lengths = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = MaxOverTime()(Tape().zeros([2, 3, 4]), lengths: [1, 2, 3])
    }
    expectMessage("DenseArray.mask: lengths [1, 2, 3] of sequences of 2 steps", in: lengths)
  }
}
