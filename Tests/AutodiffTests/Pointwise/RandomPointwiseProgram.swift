import Autodiff

/// Small reproducible random numbers for tests (SplitMix64).
struct TestRandom {
  var state: UInt64

  init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1 }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func index(_ count: Int) -> Int { Int(next() % UInt64(count)) }

  mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * Double(next() >> 11) * 0x1p-53
  }
}

/// A straight-line program drawn at random, which any kind of number can run.
struct RandomPointwiseProgram: CustomStringConvertible {
  enum Step {
    case function(ProgramFunction, Int)
    case add(Int, Int)
    case subtract(Int, Int)
    case multiply(Int, Int)
    case divide(Int, Int)
    case negate(Int)
    case maximum(Int, Int)
    case minimum(Int, Int)
    case modulo(Int, Int)
    /// The power of a positive base: (1 + a^2)^b.
    case power(Int, Int)
    case ifLess(Int, Int, Int, Int)
    case scale(Int, Double)
  }

  let inputCount: Int
  let steps: [Step]
  let outputs: [Int]

  init(inputCount: Int, stepCount: Int, outputCount: Int, analytic: Bool = false, random: inout TestRandom) {
    self.inputCount = inputCount
    var steps: [Step] = []
    let functions = analytic ? ProgramFunction.analytic : ProgramFunction.allCases
    for position in 0..<stepCount {
      let known = inputCount + position
      // Recent values more often than old ones, so that programs are deep.
      func pick(_ random: inout TestRandom) -> Int {
        random.index(2) == 0 ? known - 1 - random.index(min(known, 4)) : random.index(known)
      }
      let a = pick(&random)
      let b = pick(&random)
      switch random.index(analytic ? 12 : 18) {
      case 0, 1, 2, 3, 4: steps.append(.function(functions[random.index(functions.count)], a))
      case 5, 6: steps.append(.add(a, b))
      case 7: steps.append(.subtract(a, b))
      case 8, 9: steps.append(.multiply(a, b))
      case 10: steps.append(.divide(a, b))
      case 11: steps.append(.scale(a, random.uniform(-2, 2)))
      case 12: steps.append(.negate(a))
      case 13: steps.append(.maximum(a, b))
      case 14: steps.append(.minimum(a, b))
      case 15: steps.append(.modulo(a, b))
      case 16: steps.append(.power(a, b))
      default: steps.append(.ifLess(a, b, pick(&random), pick(&random)))
      }
    }
    self.steps = steps
    let valueCount = inputCount + stepCount
    outputs = [valueCount - 1] + (1..<max(outputCount, 1)).map { _ in random.index(valueCount) }
  }

  func callAsFunction<Number: ProgramNumber>(_ inputs: [Number]) -> [Number] {
    var values = inputs
    for step in steps {
      switch step {
      case .function(let function, let a): values.append(values[a].apply(function))
      case .add(let a, let b): values.append(values[a] + values[b])
      case .subtract(let a, let b): values.append(values[a] - values[b])
      case .multiply(let a, let b): values.append(values[a] * values[b])
      case .divide(let a, let b): values.append(values[a] / values[b])
      case .negate(let a): values.append(-values[a])
      case .maximum(let a, let b): values.append(values[a].maximum(values[b]))
      case .minimum(let a, let b): values.append(values[a].minimum(values[b]))
      case .modulo(let a, let b): values.append(values[a].modulo(values[b]))
      case .power(let a, let b):
        let one = values[a].number(1)
        values.append((one + values[a] * values[a]).power(values[b]))
      case .ifLess(let a, let b, let c, let d): values.append(values[a].ifLess(values[b], values[c], values[d]))
      case .scale(let a, let factor): values.append(values[a] * values[a].number(factor))
      }
    }
    return outputs.map { values[$0] }
  }

  func traced(_ tracer: PointwiseTracer = PointwiseTracer()) -> (program: PointwiseProgram, constants: [Double]) {
    tracer.begin(inputCount: inputCount)
    let results = self((0..<inputCount).map { tracer.input($0) })
    let (program, constants) = tracer.finish(outputs: results)
    return (program, Array(constants))
  }

  var description: String { steps.map { "\($0)" }.joined(separator: "; ") + " -> \(outputs)" }

  /// Runs `body` (a function of the inputs that gives numbers) at the point and one unit in the last place beside it in
  /// each input; nil when anything is not finite or moves by more than a tenth of `tolerance`.
  static func wellConditioned(
    at point: [Double], tolerance: Double, _ body: ([Double]) -> [Double]
  ) -> [Double]? {
    let values = body(point)
    guard values.allSatisfy({ $0.isFinite && $0.magnitude < 1e6 }) else { return nil }
    for index in point.indices {
      for neighbour in [point[index].nextUp, point[index].nextDown] {
        var moved = point
        moved[index] = neighbour
        for (value, other) in zip(values, body(moved)) {
          guard (value - other).magnitude <= 0.1 * tolerance * (1 + value.magnitude) else { return nil }
        }
      }
    }
    return values
  }
}
