import Autodiff
import DenseArrays
import GradientChecking
import Testing

/// Each finding of a check, shown by a function that has it.
@Suite("Gradient checks")
struct GradientCheckTests {
  private let weights = Parameter(
    DenseArray([0.3, -0.2, 0.5, 0.1, 0.7, -0.4] as [Float], shape: [2, 3]), name: "weights")
  private let bias = Parameter(DenseArray([0.1, -0.3, 0.2] as [Float]), name: "bias")
  private let x = DenseArray([0.5, -1, 2, 0.25], shape: [2, 2])

  @Test("a small net passes, first and second order, and its parameters stay float32 with their values")
  func smallNet() {
    let before = weights.value
    let report = checkGradients(of: [weights, bias], at: [x], named: ["x"]) { tape, inputs in
      tanh(matmul(inputs[0], tape.parameter(weights)) + tape.parameter(bias)).sum()
    }
    #expect(report.passed, "\(report)")
    #expect(report.comparisons > 13 * 13)
    #expect(report.unused.isEmpty)
    #expect(report.resamples == 0)
    #expect(weights.value.scalarType == .float32)
    #expect(weights.value.isBitIdentical(to: before))
    weights.value = before
  }

  @Test("an output that is no scalar has its whole Jacobian checked")
  func vectorOutput() {
    let report = checkGradients(at: [x]) { inputs in exp(matmul(inputs[0], inputs[0])) }
    #expect(report.passed, "\(report)")
  }

  @Test("a parameter that has no influence is reported and does not fail")
  func unusedParameter() {
    let report = checkGradients(of: [weights, bias]) { tape in square(tape.parameter(weights)).sum() }
    #expect(report.passed)
    #expect(report.unused == ["bias"])
  }

  @Test("a parameter that the function uses and the check was not given fails, by name")
  func missingParameter() {
    let report = checkGradients(of: [weights]) { tape in
      square(tape.parameter(weights)).sum() + tape.parameter(bias).sum()
    }
    #expect(!report.passed)
    #expect(report.missing == ["bias"])
    #expect(report.description.contains("bias"))
  }

  @Test("a check with nothing to compare does not pass")
  func nothingToCompare() {
    let constant = checkGradients(of: [Parameter]()) { tape in tape.zeros([2]) }
    #expect(constant.comparisons == 0)
    #expect(constant.hasNothingToCompare)
    #expect(!constant.passed)
    #expect(constant.description.contains("nothing to compare"))
    let indices = checkGradients(at: [DenseArray([1, 2] as [Int32])]) { $0[0].tape.zeros([2]) }
    #expect(indices.hasNothingToCompare)
    let empty = checkGradients(at: [DenseArray(zeros: [0, 2], .float64)]) { $0[0] * 2 }
    #expect(empty.passed, "an empty array has all of its derivatives")
  }

  @Test("a function that draws other numbers at each call is found out")
  func stochasticFunction() {
    var calls = 0.0
    let report = checkGradients(at: [x]) { inputs in
      calls += 1
      return (inputs[0] * calls).sum()
    }
    #expect(report.isStochastic)
    #expect(!report.passed)
    #expect(report.description.contains("stochastic"))
  }

  @Test("random draws of the tape are the same at each call, and pass")
  func tapeDraws() {
    let report = checkGradients(at: [x]) { inputs in
      (inputs[0] * inputs[0] * inputs[0].tape.random(.normal, shape: [2, 2], site: 3)).sum()
    }
    #expect(report.passed, "\(report)")
  }

  @Test("values that are not finite are reported with their places")
  func nonFinite() {
    let report = checkGradients(at: [DenseArray([1.0, -1, 4])]) { inputs in log(inputs[0]) }
    #expect(!report.passed)
    #expect(report.nonFiniteOutputs.map(\.index) == [1])
    #expect(report.nonFiniteOutputs[0].value.isNaN)
  }

  @Test("a kink at the point is found, and the check goes on at another point")
  func kink() {
    let report = checkGradients(at: [DenseArray([0.0, 1, -1])]) { inputs in (relu(inputs[0]) * inputs[0]).sum() }
    // relu(x) x has a second derivative that jumps at 0.
    #expect(report.passed, "\(report)")
    #expect(report.resamples == 1)
    let first = checkGradients(at: [DenseArray([0.0, 1, -1])]) { inputs in relu(inputs[0]).sum() }
    #expect(first.passed, "\(first)")
    #expect(first.resamples == 1)
  }

  @Test("a kink beside the point is stepped over without moving the point")
  func kinkNearby() {
    let report = checkGradients(at: [DenseArray([1e-4, 1, -5e-4])]) { inputs in relu(inputs[0]).sum() }
    #expect(report.passed, "\(report)")
    #expect(report.resamples == 0)
  }

  @Test("kinks at every point that may be tried fail, and the report says so")
  func kinkEverywhere() {
    var options = GradientCheckOptions()
    options.resampleLimit = 0
    let report = checkGradients(at: [DenseArray([0.0])], options: options) { inputs in relu(inputs[0]).sum() }
    #expect(report.hasKinkEverywhere)
    #expect(!report.passed)
    #expect(report.description.contains("no derivative at any of 1 points"))
  }

  @Test("a wrong gradient of a large array is located: name, element and both numbers")
  func largeArrayIsLocated() {
    let large = Parameter(DenseArray(repeating: 0.5, shape: [40, 50], .float64), name: "large")
    let mask = DenseArray((0..<2000).map { $0 == 1234 ? 1.0 : 0.0 }, shape: [40, 50])
    // The derivative of one element is hidden from the sweeps.
    let report = checkGradients(of: [large]) { tape in
      let p = tape.parameter(large)
      let hidden = p.detach() * tape.constant(mask)
      return (square(p) + 3.0 * hidden).sum()
    }
    #expect(!report.passed)
    #expect(report.failures.count >= 3)
    let failure = report.failures.first { $0.comparison == .reverse }
    #expect(failure?.name == "large")
    #expect(failure?.index == [1234 / 50, 1234 % 50])
    #expect(abs((failure?.analytic ?? 0) - 1) < 1e-9)
    #expect(abs((failure?.numeric ?? 0) - 4) < 1e-6)
    #expect(report.description.contains("large[24, 34]"))
  }

  @Test("a large function passes along random directions")
  func largeFunction() {
    let large = Parameter(
      DenseArray((0..<3000).map { Float($0 % 17) / 17 - 0.5 }, shape: [60, 50]), name: "large")
    let report = checkGradients(of: [large]) { tape in
      tanh(matmul(tape.constant(DenseArray(repeating: 0.1, shape: [4, 60], .float64)), tape.parameter(large)))
    }
    #expect(report.passed, "\(report)")
  }

  @Test("an int32 input is a constant")
  func integerInput() {
    let labels = DenseArray([1, 0] as [Int32])
    let report = checkGradients(at: [x, labels]) { inputs in crossEntropy(inputs[0], labels: inputs[1]).mean() }
    #expect(report.passed, "\(report)")
  }

  @Test("fewer than three random directions, and a third order, stop")
  func wrongOptions() async {
    let directions = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var options = GradientCheckOptions()
      options.directions = 1
      _ = checkGradients(at: [DenseArray([1.0])], options: options) { $0[0] }
    }
    expectMessage("checkGradients: at least 3 random directions, not 1; one alone can miss an error", in: directions)
    let order = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var options = GradientCheckOptions()
      options.order = 3
      _ = checkGradients(at: [DenseArray([1.0])], options: options) { $0[0] }
    }
    expectMessage("checkGradients: order 1 or 2, not 3", in: order)
  }

  @Test("a mistake that only one direction of three would miss is found: two elements that cancel")
  func cancellingElements() {
    // The derivatives of two elements are exchanged: any direction with equal elements there sees nothing.
    let point = DenseArray((0..<400).map { Double($0) / 400 })
    var first = [Double](repeating: 0, count: 400)
    first[17] = 1
    first[301] = -1
    let mask = DenseArray(first)
    for seed in 0..<20 as Range<UInt64> {
      var options = GradientCheckOptions()
      options.seed = seed
      options.order = 1
      let report = checkGradients(at: [point], options: options) { inputs in
        let hidden = inputs[0].detach() * inputs[0].tape.constant(mask)
        return (square(inputs[0]) + hidden).sum()
      }
      #expect(!report.passed)
      let index = report.failures.first { $0.comparison == .reverse }?.index
      #expect(index == [17] || index == [301])
    }
  }

  @Test("large and small numbers: values of 1e8 and of 1e-8 pass, and their mistakes are found")
  func scales() {
    for scale in [1e-3, 1, 1e4, 1e8] {
      let right = checkGradients(at: [uniform(scale)]) { inputs in (inputs[0] * inputs[0] * scale).sum() }
      #expect(right.passed, "\(right)")
      let wrong = checkGradients(at: [uniform(scale)]) { inputs in
        (inputs[0] * inputs[0] * scale + inputs[0].detach() * (0.01 * scale)).sum()
      }
      #expect(!wrong.passed)
    }
    // A steep function: the first step is too long, a smaller one is not.
    let steep = checkGradients(at: [DenseArray([1e-3, 0.02])]) { inputs in log(inputs[0]).sum() }
    #expect(steep.passed, "\(steep)")
  }

  private func uniform(_ scale: Double) -> DenseArray { DenseArray([0.3, -0.7, 0.9].map { $0 * scale.squareRoot() }) }

  @Test("the same seed gives the same report")
  func deterministic() {
    func run(_ seed: UInt64) -> Double {
      var options = GradientCheckOptions()
      options.elementLimit = 1
      options.seed = seed
      return checkGradients(at: [x], options: options) { inputs in exp(inputs[0]).sum() }.largestDifference
    }
    #expect(run(1) == run(1))
    #expect(run(1) != run(2))
  }
}
