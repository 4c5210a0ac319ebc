import Autodiff
import DenseArrays
import Testing

@Suite("Linear recurrences and scans without a loop over the steps")
struct LinearRecurrenceTests {
  private struct Setting: CustomTestStringConvertible, Sendable {
    let time: Int
    let shape: Shape
    let isReversed: Bool
    var testDescription: String { "\(time) steps of \(shape)\(isReversed ? " from the end" : "")" }
  }

  /// Few steps, chunks that come out even and that do not, several axes, and steps too wide for chunks.
  private static let settings: [Setting] = [
    (1, [1, 3]), (7, [2, 3]), (25, [1, 2]), (100, [1, 4]), (97, [2, 3, 2]), (101, []), (40, [2, 2000]),
  ].flatMap { time, shape in
    [false, true].map { Setting(time: time, shape: shape as Shape, isReversed: $0) }
  }

  private func draws(_ setting: Setting) -> (factors: DenseArray, terms: DenseArray, initial: DenseArray) {
    var random = RandomSource(seed: 3)
    let all = setting.shape.prepending(setting.time)
    return (
      .uniform(all, in: -1..<1, .float64, using: &random), .normal(all, .float64, using: &random),
      .normal(setting.shape, .float64, using: &random)
    )
  }

  // Each state is a sum of products of numbers below 1, rounded in another order: some dozen roundings of numbers of size
  // 1 to 5, and gradients that sum as many.
  private static let tolerance = 1e-13

  @Test("states are those of the loop in plain Swift", arguments: settings)
  private func states(setting: Setting) {
    let (factors, terms, initial) = draws(setting)
    let tape = Tape(scalarType: .float64)
    let found = linearRecurrence(
      tape.constant(factors), tape.constant(terms), from: tape.constant(initial), isReversed: setting.isReversed)
    var h = initial.elements
    let size = h.count
    var expected = [Double](repeating: 0, count: setting.time * size)
    let (a, b) = (factors.elements, terms.elements)
    for count in 0..<setting.time {
      let step = setting.isReversed ? setting.time - 1 - count : count
      for unit in 0..<size {
        h[unit] = a[step * size + unit] * h[unit] + b[step * size + unit]
        expected[step * size + unit] = h[unit]
      }
    }
    let array = DenseArray(expected, shape: setting.shape.prepending(setting.time))
    #expect(found.value.isClose(to: array, tolerance: Self.tolerance))
  }

  @Test("gradients and products with the Hessian are those of the unrolled loop", arguments: settings)
  private func derivatives(setting: Setting) {
    let (factors, terms, initial) = draws(setting)
    func run(_ recurrence: (Variable, Variable, Variable) -> Variable) -> [DenseArray] {
      let tape = Tape(scalarType: .float64)
      let variables = [factors, terms, initial].map { tape.variable($0) }
      let loss = sin(recurrence(variables[0], variables[1], variables[2])).sum()
      let directions = variables.map { cos(tape.constant($0.value)).value }
      let products = tape.hessian(of: loss, withRespectTo: variables).product(directions)
      let gradients = tape.gradients(of: loss)
      return variables.map { gradients[$0] } + products
    }
    let chunked = run { linearRecurrence($0, $1, from: $2, isReversed: setting.isReversed) }
    let looped = run { a, b, initial in
      var h = initial
      let order = setting.isReversed ? Array((0..<setting.time).reversed()) : Array(0..<setting.time)
      var rows = [Variable](repeating: h, count: setting.time)
      for step in order {
        h = a[step] * h + b[step]
        rows[step] = h
      }
      return stack(rows)
    }
    for (index, (a, b)) in zip(chunked, looped).enumerated() {
      #expect(a.isClose(to: b, tolerance: 10 * Self.tolerance), "array \(index): \(a.maximumDifference(from: b))")
    }
  }

  @Test("the number of threads changes no bit")
  func threads() {
    let (factors, terms, initial) = draws(Setting(time: 900, shape: [2, 20], isReversed: false))
    func run(_ threads: Int) -> [DenseArray] {
      let tape = Tape(scalarType: .float64, execution: Execution(threads: threads))
      let variables = [factors, terms, initial].map { tape.variable($0) }
      let h = linearRecurrence(variables[0], variables[1], from: variables[2])
      let value = h.value
      let gradients = tape.gradients(of: square(h).sum())
      return [value] + variables.map { gradients[$0] }
    }
    #expect(zip(run(1), run(2)).allSatisfy { $0.isBitIdentical(to: $1) })
  }

  /// A step with states that are linear once others are known: the input before, a gate that reads it, and what reads both.
  private static func cascade(
    _ step: ScanStep, _ x: [Variable], _ states: [Variable], _ weights: Variable
  ) -> (outputs: [Variable], states: [Variable]) {
    let (memory, before, count) = (states[0], states[1], states[2])
    let f = sigmoid(matmul(before, weights) + step.position / 10).named("forget gate")
    let next = (f * memory + (1 - f) * tanh(matmul(x[0], weights))) / (1 + square(before))
    let total = select(f - 0.5, count + next, count)
    return ([tanh(next) * memory, next, matmul(total, weights)], [next, x[0], total])
  }

  @Test("a step of linear states equals its loop in outputs, states, kept values and gradients, in all ways to run it")
  func cascade() {
    var random = RandomSource(seed: 4)
    let weights = DenseArray.normal([3, 3], .float64, using: &random)
    let mask = DenseArray((0..<60).map { Double($0 % 7 == 3 ? 0 : 1) }, shape: [30, 2])
    for options in [
      ScanOptions(), ScanOptions(isReversed: true), ScanOptions(lengths: [30, 11]),
      ScanOptions(isReversed: true, mask: mask), ScanOptions(keeps: ["forget gate"]),
    ] {
      func run(isParallel: Bool) -> ([DenseArray], ScanReport) {
        var random = RandomSource(seed: 5)
        let tape = Tape(scalarType: .float64)
        let x = tape.variable(.normal([30, 2, 3], .float64, using: &random))
        let w = tape.variable(weights)
        let start = (0..<3).map { _ in tape.variable(.normal([2, 3], .float64, using: &random)) }
        var options = options
        options.isParallel = isParallel
        let result = scan([x], from: start, options: options) { Self.cascade($0, $1, $2, w) }
        let kept = result.kept["forget gate"]
        var loss = result.outputs.map { sin($0).sum() }.reduce(tape.constant(0), +)
        for state in result.states { loss = loss + square(state).sum() }
        if let kept { loss = loss + square(kept.values).sum() }
        let values = (result.outputs + result.states + [kept?.values].compactMap { $0 }).map(\.value)
        let hessian = tape.hessian(of: loss, withRespectTo: [x, w]).product([x.value, w.value])
        let gradients = tape.gradients(of: loss)
        let variables = [x, w] + start + [kept?.probe].compactMap { $0 }
        return (values + variables.map { gradients[$0] } + hessian, result.report)
      }
      let (parallel, report) = run(isParallel: true)
      let (looped, loopReport) = run(isParallel: false)
      #expect(report.isParallel && report.loopReason == nil && report.reason == nil && report.traced != nil)
      #expect(report.description.hasPrefix("traced, for all steps at once"))
      #expect(!loopReport.isParallel && loopReport.loopReason == nil && loopReport.body != nil)
      for (index, (a, b)) in zip(parallel, looped).enumerated() {
        #expect(a.isClose(to: b, tolerance: 1e-12), "array \(index): \(a.maximumDifference(from: b))")
      }
    }
  }

  @Test("random draws of a step are those of the loop")
  func draws() {
    func run(isParallel: Bool) -> DenseArray {
      let tape = Tape(scalarType: .float64)
      tape.randomSeed = 7
      let x = tape.constant(DenseArray(repeating: 1, shape: [50, 1, 2], .float64))
      let result = scan([x], from: [tape.zeros([1, 2])], options: ScanOptions(isParallel: isParallel)) {
        step, x, states in
        let h = step.random(.uniform, shape: [1, 2], site: 1) * states[0] + x[0]
        return ([h], [h])
      }
      #expect(result.report.isParallel == isParallel)
      return result.outputs[0].value
    }
    #expect(run(isParallel: true).isClose(to: run(isParallel: false), tolerance: Self.tolerance))
  }

  @Test("a step with states that are not linear, element by element, is a loop and says which state")
  func loops() {
    func reason(
      _ options: ScanOptions = ScanOptions(), _ step: @escaping (Variable, [Variable]) -> [Variable]
    ) -> String? {
      let tape = Tape(scalarType: .float64)
      var options = options
      options.isParallel = true
      let x = tape.constant(DenseArray(repeating: 0.5, shape: [4, 2, 2], .float64))
      let start = [tape.zeros([2, 2]), tape.zeros([2, 2])]
      func run(_ options: ScanOptions) -> ScanResult {
        scan([x], from: start, options: options) { _, x, states in
          let next = step(x[0], states)
          return (next, next)
        }
      }
      let result = run(options)
      options.isParallel = false
      let loop = run(options)
      #expect(zip(result.outputs, loop.outputs).allSatisfy { $0.value.isClose(to: $1.value, tolerance: 1e-14) })
      return result.report.isParallel ? nil : result.report.loopReason
    }
    func message(_ state: Int) -> String { "state \(state) is not linear in itself, element by element" }
    #expect(reason { x, s in [x * s[0], x + s[1]] } == nil)
    #expect(reason { x, s in [s[0], select(x, s[1], -s[1])] } == nil)
    #expect(reason { x, s in [x * s[0], s[1] * s[1]] } == message(1))
    #expect(reason { x, s in [tanh(s[0]), x] } == message(0))
    #expect(reason { x, s in [x / s[0], x] } == message(0))
    #expect(reason { x, s in [select(s[0], x, s[0]), x] } == message(0))
    // Each depends on the other.
    #expect(reason { x, s in [s[1], s[0]] } == message(0))
    // Other elements of the state.
    #expect(reason { x, s in [matmul(s[0], x), x] } == message(0))
    #expect(reason { x, s in [s[0].sum(axes: [1], keepingAxes: true) * x, x] } == message(0))
    #expect(reason { x, s in [s[0].transposed(), x] } == message(0))
    // A gradient that is cut is not that of a linear state.
    #expect(reason(ScanOptions(detachEvery: 2)) { x, s in [x * s[0], x] } == message(0))
  }

  @Test("shapes that do not fit stop")
  func mistakes() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = linearRecurrence(tape.zeros([3, 2]), tape.zeros([3, 2]), from: tape.zeros([3]))
    }
    expectMessage(
      "linearRecurrence: factors [3, 2], terms [3, 2], initial [3]; expected [time, ...] twice and [...]", in: result)
    let mask = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = scan([tape.zeros([3, 2])], from: [tape.zeros([2])], options: ScanOptions(mask: DenseArray(zeros: [2, 2]))) {
        _, x, states in (x, states)
      }
    }
    expectMessage(
      "scan: a mask of type float32 and shape [2, 2] for sequences of 3 steps; expected floating-point numbers "
        + "[time, batch] (in scan)", in: mask)
    let both = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let options = ScanOptions(lengths: [1, 1, 1], mask: DenseArray(zeros: [3, 2]))
      _ = scan([tape.zeros([3, 2])], from: [tape.zeros([2])], options: options) { _, x, states in (x, states) }
    }
    expectMessage("scan: 3 lengths with a mask of shape [3, 2] (in scan)", in: both)
  }
}
