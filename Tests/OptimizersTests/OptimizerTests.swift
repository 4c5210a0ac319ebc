import Autodiff
import DenseArrays
import Foundation
import Layers
import Optimizers
import Testing

/// A module of plain parameters.
struct Parameters: Module {
  let first: Parameter
  let second: Parameter

  init(_ type: ScalarType = .float64) {
    first = Parameter(DenseArray([0.5, -1.5, 2] as [Double], shape: [3]).converted(to: type), name: "first")
    second = Parameter(DenseArray([1, -0.25] as [Double], shape: [2, 1]).converted(to: type), name: "second")
  }

  /// All numbers in a row.
  var numbers: [Double] { first.value.elements + second.value.elements }

  /// The gradients of sum(g * p), which are g.
  func gradients(_ g: [Double]) -> Gradients {
    let tape = Tape(scalarType: first.scalarType)
    let a = tape.constant(DenseArray(g[0..<3], shape: [3]).converted(to: first.scalarType))
    let b = tape.constant(DenseArray(g[3..<5], shape: [2, 1]).converted(to: first.scalarType))
    let loss = (tape.parameter(first) * a).sum() + (tape.parameter(second) * b).sum()
    defer { withExtendedLifetime(tape) {} }
    return tape.gradients(of: loss)
  }
}

@Suite("Frozen parameters")
struct FrozenParameterTests {
  @Test("stay as they are, have a gradient of zero, and need not be known to the optimizer")
  func freeze() throws {
    struct Model: Module {
      let layer: Recurrent<GRU>
      let readout: Linear
    }
    var random = RandomSource(seed: 1)
    let model = Model(
      layer: Recurrent(GRU(inputSize: 2, hiddenSize: 3, using: &random)),
      readout: Linear(inputSize: 3, outputSize: 1, using: &random))
    func loss(_ tape: Tape) -> Variable {
      square(model.readout(model.layer(tape.constant(DenseArray(repeating: 0.5, shape: [4, 2, 2]))).outputs)).mean()
    }
    let tape = Tape()
    let expected = tape.gradients(of: loss(tape))
    let bias = expected[model.readout.parameters[1].parameter]

    for (frozen, trained) in [
      (model.layer.parameters, model.readout.parameters), (model.readout.parameters, model.layer.parameters),
    ] {
      tape.reset()
      tape.freeze(frozen)
      let gradients = tape.gradients(of: loss(tape))
      #expect(gradients.parameters.count == trained.count)
      for (_, parameter) in frozen {
        #expect(!gradients.contains(parameter))
        #expect(gradients[parameter].isBitIdentical(to: DenseArray(zeros: parameter.shape)))
      }
      for (_, parameter) in trained { #expect(gradients[parameter].isClose(to: expected[parameter], tolerance: 1e-6)) }
      var optimizer = SGD(trained, learningRate: 0)
      try optimizer.update(with: gradients)
    }
    // The next recording knows nothing of it.
    tape.reset()
    #expect(tape.gradients(of: loss(tape))[model.readout.parameters[1].parameter].isBitIdentical(to: bias))
  }

  @Test("have to be frozen before they are used")
  func late() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let module = Parameters(.float32)
      _ = tape.parameter(module.second)
      tape.freeze(module.parameters)
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("Tape.freeze: parameter second was used before it was frozen"))
  }
}

@Suite("Clipping and refusals")
struct UpdateTests {
  @Test("clipping by the global norm scales all gradients and reports the raw norm")
  func globalNorm() throws {
    let model = Parameters()
    let before = model.numbers
    var optimizer = SGD(model.parameters, learningRate: 1)
    optimizer.clipping = .globalNorm(0.5)
    // 2^2 + 4^2 + 4^2 + 0 + 8^2 = 100.
    let report = try optimizer.update(with: model.gradients([2, -4, 4, 0, 8]))
    #expect(report == UpdateReport(gradientNorm: 10, scale: 0.05))
    let expected = zip(before, [0.1, -0.2, 0.2, 0, 0.4]).map { $0 - $1 }
    #expect(zip(model.numbers, expected).allSatisfy { abs($0 - $1) < 1e-15 })
    let small = try optimizer.update(with: model.gradients([0.25, 0, 0, 0, 0]))
    #expect(small == UpdateReport(gradientNorm: 0.25, scale: 1))
  }

  @Test("clipping by value bounds each element")
  func value() throws {
    let model = Parameters()
    let before = model.numbers
    var optimizer = SGD(model.parameters, learningRate: 1)
    optimizer.clipping = .value(1)
    let report = try optimizer.update(with: model.gradients([2, -4, 0.5, -0.25, 1]))
    #expect(zip(before, model.numbers).map { $0 - $1 } == [1, -1, 0.5, -0.25, 1])
    // 4 + 16 + 0.25 + 0.0625 + 1, before clipping.
    #expect(abs(report.gradientNorm - 21.3125.squareRoot()) < 1e-15)
  }

  @Test("gradients whose squares overflow are finite all the same")
  func hugeGradients() throws {
    let model = Parameters()
    var optimizer = SGD(model.parameters, learningRate: 1)
    optimizer.clipping = .globalNorm(1)
    let report = try optimizer.update(with: model.gradients([3e200, 0, 4e200, 0, 0]))
    #expect(abs(report.gradientNorm / 5e200 - 1) < 1e-15)
    #expect(abs(model.numbers[0] - (0.5 - 0.6)) < 1e-15)
  }

  @Test("a NaN or an infinity is refused by name and nothing changes", arguments: [Double.nan, .infinity, -.infinity])
  func nonFinite(value: Double) throws {
    for type in [ScalarType.float32, .float64] {
      let model = Parameters(type)
      let before = model.numbers
      var optimizer = Adam(model.parameters)
      let error = #expect(throws: UpdateError.self) {
        try optimizer.update(with: model.gradients([1, 2, 3, 4, value]))
      }
      #expect(error == .nonFiniteGradient(parameter: "second", index: 1, value: value))
      #expect(
        error?.description == "the gradient of \"second\" is \(value) at element 1; the step is refused")
      #expect(model.numbers == before)
      #expect(optimizer.stepCount == 0)
      #expect(optimizer.state.dropFirst().allSatisfy { $0.array.elements.allSatisfy { $0 == 0 } })
    }
  }

  @Test("a parameter that the traversal did not find is refused by its own name")
  func unknownParameter() throws {
    final class Hidden {
      let weights = Parameter(DenseArray(zeros: [2]), name: "hidden")
    }
    struct Model: Module {
      let scale = Parameter(DenseArray(zeros: [2]))
      let hidden = Hidden()
    }
    let model = Model()
    var optimizer = SGD(model.parameters, learningRate: 1)
    let tape = Tape()
    let loss = (tape.parameter(model.scale) + tape.parameter(model.hidden.weights)).sum()
    let error = #expect(throws: UpdateError.self) { try optimizer.update(with: tape.gradients(of: loss)) }
    #expect(error == .unknownParameter(name: "hidden", shape: [2]))
    #expect(model.scale.value.elements == [0, 0])
  }

  @Test("an unused parameter has a gradient of zeros: plain descent leaves it, a velocity carries it on")
  func unused() throws {
    let model = Parameters()
    var optimizer = Momentum(model.parameters, learningRate: 1, momentum: 0.5)
    try optimizer.update(with: model.gradients([1, 1, 1, 1, 1]))
    let before = model.numbers
    let tape = Tape(scalarType: .float64)
    try optimizer.update(with: tape.gradients(of: tape.parameter(model.first).sum()))
    #expect(zip(before, model.numbers).map { $0 - $1 } == [1.5, 1.5, 1.5, 0.5, 0.5])
  }

  @Test("a gradient of another type stops with the parameter's name")
  func otherType() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let model = Parameters(.float32)
      var optimizer = SGD(model.parameters, learningRate: 1)
      let tape = Tape(scalarType: .float64)
      try optimizer.update(with: tape.gradients(of: tape.parameter(model.first).sum()))
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      output.contains(
        "Optimizer: a float64 gradient for float32 parameter \"first\"; the tape and the module have to be of one type\n"
      ))
  }

  @Test("a bound that is not positive stops")
  func bound() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let model = Parameters()
      var optimizer = SGD(model.parameters, learningRate: 1)
      optimizer.clipping = .globalNorm(0)
      try optimizer.update(with: model.gradients([1, 1, 1, 1, 1]))
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("GradientClipping.globalNorm: the bound is positive, not 0.0\n"))
  }
}

@Suite("Optimizers of one's own")
struct CustomOptimizerTests {
  /// A rule with three states that reads its parameter after the new one is known, so that the old one has to be kept.
  struct Awkward: Optimizer {
    let parameters: NamedParameters
    var learningRate = 0.5
    var clipping = GradientClipping.none
    var schedule = LearningRateSchedule.constant
    var weightDecay = WeightDecay.none
    var groups: [ParameterGroup] = []
    var stepCount = 0
    var first, second, third: [DenseArray]
    let apply = ElementwiseUpdate()
    var state: [(name: String, array: DenseArray)] { [] }
    mutating func load(_ state: [(name: String, array: DenseArray)]) throws(StateError) {}

    init(_ parameters: NamedParameters) {
      self.parameters = parameters
      func filled(_ value: Double) -> [DenseArray] {
        parameters.map { DenseArray(repeating: value, shape: $0.parameter.shape, $0.parameter.scalarType) }
      }
      (first, second, third) = (filled(1), filled(2), filled(3))
    }

    mutating func update(with gradients: Gradients) throws(UpdateError) -> UpdateReport {
      let checked = try CheckedGradients(gradients, of: parameters, clipping)
      stepCount += 1
      for index in parameters.indices {
        apply(parameters[index].parameter, &first[index], &second[index], &third[index], checked) {
          p, s, t, u, g in
          let q = p - 0.5 * g
          return (q, s + p * q, t * s, u + t)
        }
      }
      return checked.report
    }
  }

  @Test(
    "a rule may read what it replaces, and its states are replaced together", arguments: [ScalarType.float64, .float32])
  func awkward(type: ScalarType) throws {
    let model = Parameters(type)
    var optimizer = Awkward(model.parameters)
    let before = model.numbers
    let g = [1, -2, 0.5, 0, 3]
    _ = try optimizer.update(with: model.gradients(g))
    let after = zip(before, g).map { $0 - 0.5 * $1 }
    #expect(model.numbers == after)
    func numbers(_ arrays: [DenseArray]) -> [Double] { arrays.flatMap(\.elements) }
    #expect(numbers(optimizer.first) == zip(before, after).map { 1 + $0 * $1 })
    #expect(numbers(optimizer.second) == [2, 2, 2, 2, 2])
    #expect(numbers(optimizer.third) == [5, 5, 5, 5, 5])
  }

  @Test("the checked gradient that is read as an array is clipped like the one in a rule")
  func clippedArrays() throws {
    let model = Parameters()
    let gradients = model.gradients([2, -4, 4, 0, 8])
    let byNorm = try CheckedGradients(gradients, of: model.parameters, .globalNorm(5))
    #expect(byNorm[model.first].elements == [1, -2, 2])
    let byValue = try CheckedGradients(gradients, of: model.parameters, .value(3))
    #expect(byValue[model.first].elements == [2, -3, 3] && byValue[model.second].elements == [0, 3])
    #expect(try CheckedGradients(gradients, of: model.parameters)[model.second].elements == [0, 8])
  }

  @Test("state of another type than its parameter stops")
  func converted() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let model = Parameters(.float32)
      var optimizer = Momentum(model.parameters, learningRate: 1)
      model.convert(to: .float64)
      try optimizer.update(with: model.gradients([1, 1, 1, 1, 1]))
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      output.contains(
        "Optimizer: state float32 [3] for parameter float64 [3]; convert a module before its optimizer is made\n"))
  }
}

@Suite("State of optimizers")
struct OptimizerStateTests {
  @Test("a restored optimizer goes on as the saved one does, to the bit")
  func resumed() throws {
    let (model, copy) = (Parameters(), Parameters())
    var optimizer = Adam(model.parameters, learningRate: 0.01)
    for step in threeGradients { try optimizer.update(with: model.gradients(step)) }
    try copy.load(model.state)
    var resumed = Adam(copy.parameters, learningRate: 0.01)
    try resumed.load(optimizer.state)
    #expect(resumed.stepCount == 3)
    try optimizer.update(with: model.gradients(threeGradients[0]))
    try resumed.update(with: copy.gradients(threeGradients[0]))
    #expect(model.numbers == copy.numbers)
  }

  @Test("state is named by parameter and kind, and a saved state does not follow the optimizer")
  func names() throws {
    let model = Parameters()
    var momentum = Momentum(model.parameters, learningRate: 0.1)
    let saved = momentum.state
    #expect(saved.map(\.name) == ["stepCount", "first.velocity", "second.velocity"])
    try momentum.update(with: model.gradients(threeGradients[0]))
    #expect(saved[1].array.elements == [0, 0, 0])
    #expect(momentum.state[1].array.elements == [1, -2, 0.5])
    #expect(momentum.state[0].array.elements == [1])
    #expect(
      Adam(model.parameters).state.map(\.name) == [
        "stepCount", "first.firstMoment", "second.firstMoment", "first.secondMoment", "second.secondMoment",
      ])
    #expect(SGD(model.parameters, learningRate: 1).state.map(\.name) == ["stepCount"])
  }

  @Test("a state that does not fit is refused and changes nothing")
  func refused() throws {
    let model = Parameters()
    var optimizer = Momentum(model.parameters, learningRate: 0.1)
    try optimizer.update(with: model.gradients(threeGradients[0]))
    let before = optimizer.state
    var negative = before
    negative[0].array = DenseArray([-1] as [Int32], shape: [])
    var wrongShape = before
    wrongShape[2].array = DenseArray(zeros: [2], .float64)
    for (state, error) in [
      (Array(before.dropLast()), .missing(name: "second.velocity", found: ["stepCount", "first.velocity"])),
      (negative, .value(name: "stepCount", expected: "at least 0", found: -1)),
      (wrongShape, .shape(name: "second.velocity", expected: [2, 1], found: [2])),
    ] as [([(name: String, array: DenseArray)], StateError)] {
      #expect(throws: error) { try optimizer.load(state) }
      #expect(zip(optimizer.state, before).allSatisfy { $0.array.isBitIdentical(to: $1.array) })
    }
  }

  // An exit test has a process of its own, in which nothing else makes arrays.
  @Test("from the second step on no array is made")
  func memory() async {
    await #expect(processExitsWith: .success) {
      let model = Parameters(.float32)
      var optimizers: [any Optimizer] = [
        SGD(model.parameters, learningRate: 0.1), Momentum(model.parameters, learningRate: 0.1),
        Adam(model.parameters),
      ]
      let gradients = model.gradients([1, 2, 3, 4, 5])
      for index in optimizers.indices {
        optimizers[index].clipping = .globalNorm(1)
        try optimizers[index].update(with: gradients)
        let before = DenseArray(zeros: [1]).storage.number
        try optimizers[index].update(with: gradients)
        let after = DenseArray(zeros: [1]).storage.number
        guard after == before + 1 else { fatalError("\(after - before - 1) arrays") }
      }
    }
  }

  @Test("a copy of an optimizer has a state of its own")
  func copies() throws {
    let model = Parameters()
    var optimizer = Momentum(model.parameters, learningRate: 0.1)
    let copy = optimizer
    try optimizer.update(with: model.gradients(threeGradients[0]))
    #expect(copy.state[1].array.elements == [0, 0, 0] && copy.stepCount == 0)
  }
}
