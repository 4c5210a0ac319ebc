import Autodiff
import DenseArrays
import Foundation
import Layers
import Optimizers
import Testing

/// Three gradients for the five numbers of `Parameters`.
let threeGradients: [[Double]] = [
  [1, -2, 0.5, 0, 3], [0.25, 1, -1, 2, -0.5], [-3, 0.125, 4, 1e-3, 0.75],
]

/// A rule for one number, written out from its paper.
struct Reference {
  var p: Double
  var m = 0.0
  var v = 0.0
  var w = 0.0
  var t = 0
  var product = 1.0

  /// The share of momentum of Sutskever et al. 2013.
  static func growing(_ t: Int) -> Double { min(1 - Foundation.pow(2, -1 - Foundation.log2(Double(t / 250 + 1))), 0.9) }

  /// The first moment over its bias, and the root of the second over its bias.
  private mutating func adamMoments(_ g: Double) -> (Double, Double) {
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g * g
    let t = Double(t)
    return (m / (1 - Foundation.pow(0.9, t)), (v / (1 - Foundation.pow(0.999, t))).squareRoot())
  }

  mutating func step(_ rule: String, _ g: Double) {
    t += 1
    switch rule {
    case "sgd": p -= 0.1 * g
    case "sgd, coupled decay": p -= 0.1 * (g + 0.25 * p)
    case "sgd, decoupled decay": p = p - 0.1 * 0.25 * p - 0.1 * g
    case "momentum":
      v = 0.9 * v + g
      p -= 0.1 * v
    case "nesterov":
      v = 0.9 * v + g
      p -= 0.1 * (g + 0.9 * v)
    case "nesterov, growing":
      v = Self.growing(t - 1) * v + g
      p -= 0.1 * (g + Self.growing(t) * v)
    case "rmsprop":
      v = 0.99 * v + 0.01 * g * g
      p -= 0.1 * g / (v.squareRoot() + 1e-8)
    case "rmsprop, centred, momentum":
      v = 0.9 * v + 0.1 * g * g
      m = 0.9 * m + 0.1 * g
      w = 0.5 * w + g / ((v - m * m).squareRoot() + 1e-8)
      p -= 0.1 * w
    case "adagrad":
      v += g * g
      p -= 0.1 * g / (v.squareRoot() + 1e-10)
    case "adam":
      let (mean, root) = adamMoments(g)
      p -= 0.1 * mean / (root + 1e-8)
    case "adamw":
      p -= 0.1 * 0.25 * p
      let (mean, root) = adamMoments(g)
      p -= 0.1 * mean / (root + 1e-8)
    case "amsgrad":
      let (mean, _) = adamMoments(g)
      w = max(w, v)
      p -= 0.1 * mean / ((w / (1 - Foundation.pow(0.999, Double(t)))).squareRoot() + 1e-8)
    default:
      let (_, root) = adamMoments(g)
      let mu = 0.9 * (1 - 0.5 * Foundation.pow(0.96, Double(t) * 0.004))
      let next = 0.9 * (1 - 0.5 * Foundation.pow(0.96, Double(t + 1) * 0.004))
      product *= mu
      p -= 0.1 * ((1 - mu) * g / (1 - product) + next * m / (1 - product * next)) / (root + 1e-8)
    }
  }
}

@Suite("Update rules")
struct RuleTests {
  static let rules = [
    "sgd", "sgd, coupled decay", "sgd, decoupled decay", "momentum", "nesterov", "nesterov, growing", "rmsprop",
    "rmsprop, centred, momentum", "adagrad", "adam", "adamw", "amsgrad", "nadam",
  ]

  static func make(_ rule: String, _ parameters: NamedParameters) -> any Optimizer {
    switch rule {
    case "sgd": SGD(parameters, learningRate: 0.1)
    case "sgd, coupled decay": SGD(parameters, learningRate: 0.1, weightDecay: .coupled(0.25))
    case "sgd, decoupled decay": SGD(parameters, learningRate: 0.1, weightDecay: .decoupled(0.25))
    case "momentum": Momentum(parameters, learningRate: 0.1)
    case "nesterov": Momentum(parameters, learningRate: 0.1, isNesterov: true)
    case "nesterov, growing":
      Momentum(parameters, learningRate: 0.1, momentum: .growing(maximum: 0.9), isNesterov: true)
    case "rmsprop": RMSProp(parameters, learningRate: 0.1)
    case "rmsprop, centred, momentum":
      RMSProp(parameters, learningRate: 0.1, decay: 0.9, momentum: 0.5, isCentered: true)
    case "adagrad": Adagrad(parameters, learningRate: 0.1)
    case "adam": Adam(parameters, learningRate: 0.1)
    case "adamw": AdamW(parameters, learningRate: 0.1, weightDecay: 0.25)
    case "amsgrad": AMSGrad(parameters, learningRate: 0.1)
    default: Nadam(parameters, learningRate: 0.1)
    }
  }

  // float64: three steps of some ten operations on numbers of size 1, each good to 1e-16; float32 the same with 6e-8.
  @Test(
    "three steps follow the formulas", arguments: rules,
    [(ScalarType.float64, 1e-14), (ScalarType.float32, 2e-6)])
  func formulas(rule: String, precision: (type: ScalarType, tolerance: Double)) throws {
    let model = Parameters(precision.type)
    var optimizer = Self.make(rule, model.parameters)
    var expected = model.numbers.map { Reference(p: $0) }
    for step in threeGradients {
      try optimizer.update(with: model.gradients(step))
      for index in step.indices { expected[index].step(rule, step[index]) }
      for (found, reference) in zip(model.numbers, expected) {
        #expect(abs(found - reference.p) <= precision.tolerance * (1 + abs(found) + abs(reference.p)))
      }
    }
    #expect(optimizer.stepCount == 3)
  }

  // Twenty steps down a curved valley: rounding of 1e-16 a step grows by the valley's curvature, at most some hundredfold.
  @Test(
    "PyTorch's trajectories are followed",
    arguments: [
      "sgd", "momentum", "nesterov", "rmsprop", "rmsprop_centered_momentum", "adagrad", "adam", "adam_l2", "adamw",
      "amsgrad", "nadam",
    ])
  func trajectories(run: String) throws {
    struct Point: Module {
      let p = Parameter(DenseArray([-1.2, 1] as [Double], shape: [2]))
    }
    let url = try #require(Bundle.module.url(forResource: "Fixtures/optimizers", withExtension: "json"))
    let root = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
    let entry = try #require((root["runs"] as? [String: Any])?[run] as? [String: Any])
    let arguments = try #require(entry["arguments"] as? [String: Any])
    let trajectory = try #require(entry["trajectory"] as? [[Double]])
    let point = Point()
    let rate = try #require(arguments["lr"] as? Double)
    let momentum = arguments["momentum"] as? Double ?? 0
    let decay = arguments["weight_decay"] as? Double ?? 0
    var optimizer: any Optimizer =
      switch entry["rule"] as? String {
      case "RMSprop":
        RMSProp(
          point.parameters, learningRate: rate, decay: try #require(arguments["alpha"] as? Double), momentum: momentum,
          isCentered: arguments["centered"] as? Bool ?? false)
      case "Adagrad": Adagrad(point.parameters, learningRate: rate)
      case "AdamW": AdamW(point.parameters, learningRate: rate, weightDecay: decay)
      case "NAdam": Nadam(point.parameters, learningRate: rate)
      case "Adam" where arguments["amsgrad"] != nil: AMSGrad(point.parameters, learningRate: rate)
      case "Adam": Adam(point.parameters, learningRate: rate, weightDecay: .coupled(decay))
      case "SGD" where momentum == 0: SGD(point.parameters, learningRate: rate)
      default:
        Momentum(
          point.parameters, learningRate: rate, momentum: .constant(momentum),
          isNesterov: arguments["nesterov"] as? Bool ?? false)
      }
    let tape = Tape(scalarType: .float64)
    for expected in trajectory {
      tape.reset()
      let p = tape.parameter(point.p)
      let (a, b) = (p[0], p[1])
      let loss = square(1 - a) + 5 * square(b - square(a))
      try optimizer.update(with: tape.gradients(of: loss))
      for (found, number) in zip(point.p.value.elements, expected) {
        #expect(abs(found - number) <= 1e-12 * (1 + abs(found) + abs(number)))
      }
    }
    #expect(trajectory.count == 20)
  }

  @Test("a restored optimizer of any rule goes on as the saved one does, to the bit", arguments: rules)
  func resumed(rule: String) throws {
    let (model, copy) = (Parameters(), Parameters())
    var optimizer = Self.make(rule, model.parameters)
    for step in threeGradients { try optimizer.update(with: model.gradients(step)) }
    try copy.load(model.state)
    var resumed = Self.make(rule, copy.parameters)
    try resumed.load(optimizer.state)
    try optimizer.update(with: model.gradients(threeGradients[0]))
    try resumed.update(with: copy.gradients(threeGradients[0]))
    #expect(model.numbers == copy.numbers)
  }

  @Test("a bad gradient, rate or state and other parameters are refused by every rule, unchanged", arguments: rules)
  func refused(rule: String) throws {
    let model = Parameters()
    var optimizer = Self.make(rule, model.parameters)
    try optimizer.update(with: model.gradients(threeGradients[0]))
    let (numbers, state) = (model.numbers, optimizer.state)
    #expect(throws: UpdateError.nonFiniteGradient(parameter: "first", index: 2, value: .infinity)) {
      try optimizer.update(with: model.gradients([1, 2, .infinity, 4, 5]))
    }
    let other = Parameters()
    #expect(throws: UpdateError.unknownParameter(name: "first", shape: [3])) {
      try optimizer.update(with: other.gradients(threeGradients[0]))
    }
    optimizer.learningRate = -0.1
    #expect(throws: UpdateError.invalidLearningRate(-0.1)) {
      try optimizer.update(with: model.gradients(threeGradients[1]))
    }
    var wrong = state
    wrong.append((name: "nothing", array: DenseArray([0], shape: [])))
    #expect(throws: StateError.self) { try optimizer.load(wrong) }
    #expect(model.numbers == numbers && other.numbers == Parameters().numbers)
    #expect(zip(optimizer.state, state).allSatisfy { $0.name == $1.name && $0.array.isBitIdentical(to: $1.array) })
  }

  @Test(
    "Nesterov's method at the point of the gradient is Sutskever's at the base point",
    arguments: [
      MomentumSchedule.constant(0.9), .growing(maximum: 0.99), .switched(from: 0.5, to: 0.95, atStep: 100),
    ])
  func nesterovForms(momentum: MomentumSchedule) throws {
    // f(x) = x^2 / 2 + cos(3 x), in Sutskever's form: u = mu_t u - rate f'(x + mu_t u), x = x + u.
    var (x, u) = (2.0, 0.0)
    struct Point: Module { let p = Parameter(DenseArray([2] as [Double], shape: [])) }
    let point = Point()
    var optimizer = Momentum(point.parameters, learningRate: 0.01, momentum: momentum, isNesterov: true)
    let tape = Tape(scalarType: .float64)
    for step in 0..<1_100 {
      tape.reset()
      let p = tape.parameter(point.p)
      try optimizer.update(with: tape.gradients(of: 0.5 * p * p + cos(3 * p)))
      let mu = momentum(step)
      let y = x + mu * u
      u = mu * u - 0.01 * (y - 3 * Foundation.sin(3 * y))
      x += u
      // The library's sine and the system's differ by an ulp, which the minimum that is found pulls together again.
      #expect(abs(optimizer.basePoints[0].item - x) < 1e-11)
    }
    #expect(momentum(0) == (momentum == .constant(0.9) ? 0.9 : 0.5))
    let switched = MomentumSchedule.switched(from: 0.9, to: 0, atStep: 1_000)
    #expect([0, 999, 1_000, 5_000].map { switched($0) } == [0.9, 0.9, 0, 0])
    #expect(MomentumSchedule.growing(maximum: 0.99)(250) == 0.75)
    #expect(abs(MomentumSchedule.growing(maximum: 0.99)(1_000) - 0.9) < 1e-15)
  }
}
