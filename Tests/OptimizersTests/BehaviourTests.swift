import Autodiff
import DenseArrays
import Layers
import Optimizers
import Testing

@Suite("Optimizers on functions with known answers")
struct BehaviourTests {
  struct Point: Module {
    let p: Parameter
    init(_ start: [Double]) { p = Parameter(DenseArray(start)) }
    var numbers: [Double] { p.value.elements }
  }

  /// Where some steps down a function lead.
  private func descend(
    _ start: [Double], steps: Int, _ make: (NamedParameters) -> any Optimizer, _ function: (Variable) -> Variable
  ) throws -> [Double] {
    let point = Point(start)
    var optimizer = make(point.parameters)
    let tape = Tape(scalarType: .float64)
    for _ in 0..<steps {
      tape.reset()
      try optimizer.update(with: tape.gradients(of: function(tape.parameter(point.p))))
    }
    return point.numbers
  }

  /// (1 - x)^2 + 100 (y - x^2)^2.
  private func rosenbrock(_ p: Variable) -> Variable { square(1 - p[0]) + 100 * square(p[1] - square(p[0])) }

  @Test("Rosenbrock's valley: with momentum the minimum is near after 5,000 steps, without it is not")
  func valley() throws {
    func distance(_ make: (NamedParameters) -> any Optimizer) throws -> Double {
      let p = try descend([-1.2, 1], steps: 5_000, make, rosenbrock)
      return ((p[0] - 1) * (p[0] - 1) + (p[1] - 1) * (p[1] - 1)).squareRoot()
    }
    let plain = try distance { SGD($0, learningRate: 1e-3) }
    #expect(plain > 0.05)
    #expect(try distance { Momentum($0, learningRate: 1e-3) } < 1e-3)
    #expect(try distance { Momentum($0, learningRate: 1e-3, isNesterov: true) } < 1e-3)
    #expect(try distance { Adam($0, learningRate: 0.02) } < 1e-2)
    #expect(try distance { AMSGrad($0, learningRate: 0.02) } < 5e-2)
    // PyTorch's NAdam is 3.4e-3 away after these steps too: its step has a part of the gradient itself, which rattles.
    #expect(try distance { Nadam($0, learningRate: 0.01) } < 1e-2)
    // Steps of a size that does not fall with the gradient go back and forth across the valley.
    #expect(try distance { RMSProp($0, learningRate: 1e-3) } < 5e-2)
    // Steps that only get shorter: the larger of the two rates is near, the smaller one has hardly moved any more.
    #expect(try distance { Adagrad($0, learningRate: 0.5) } < 5e-2)
    #expect(try distance { Adagrad($0, learningRate: 0.1) } > 0.2)
    // The decay pulls the minimum a little towards zero.
    let decayed = try distance { AdamW($0, learningRate: 0.02, weightDecay: 0.01) }
    #expect(decayed > 1e-6 && decayed < 5e-2)
  }

  // The slowest error falls by (k - 1) / (k + 1) a step for gradient descent at its best rate, and for momentum at its
  // best by s = (sqrt k - 1) / (sqrt k + 1) (Polyak 1964), with condition number k = 1000: 0.67 after 200 steps, and
  // s^200 = 3e-6 times 1 + 200 c, since s is a double root; c = 1.94 from the first step at the large end: 1.3e-3.
  @Test("an ill-conditioned quadratic: momentum at its best rates is faster by the root of the condition number")
  func illConditioned() throws {
    let scales = DenseArray([1, 1000] as [Double])
    func f(_ p: Variable) -> Variable { 0.5 * (p.tape.constant(scales) * square(p)).sum() }
    let plain = try descend([1, 1], steps: 200, { SGD($0, learningRate: 2 / 1001) }, f)
    #expect(plain[0] > 0.6)
    let root = 1000.0.squareRoot()
    let share = (root - 1) / (root + 1)
    let fast = try descend(
      [1, 1], steps: 200,
      { Momentum($0, learningRate: 4 / ((root + 1) * (root + 1)), momentum: .constant(share * share)) }, f)
    #expect(abs(fast[0]) < 1.3e-3 && abs(fast[1]) < 1.3e-3)
    // Nesterov's with a rate of 1 / 1000 and a share of s has the double root 1 - 1 / sqrt k: 0.968^200 = 1.6e-3 times
    // at most 1 + 200 / sqrt k = 7.3.
    let ahead = try descend(
      [1, 1], steps: 200, { Momentum($0, learningRate: 1e-3, momentum: .constant(share), isNesterov: true) }, f)
    #expect(abs(ahead[0]) < 1.2e-2 && abs(ahead[1]) < 1.2e-2)
  }

  // Rounding is all that differs between the axes, and a step of 0.05 or less does not enlarge it much.
  @Test("an ill-conditioned quadratic along the axes: steps over roots of squared gradients see no scales")
  func rootsOfSquares() throws {
    let scales = DenseArray([1, 10, 100, 1000] as [Double])
    for (name, make) in [
      ("RMSProp", { RMSProp($0, learningRate: 0.01, epsilon: 0) }),
      ("Adagrad", { Adagrad($0, learningRate: 0.1, epsilon: 0) }),
      ("Adam", { Adam($0, learningRate: 0.05, epsilon: 0) }),
      ("AdamW", { AdamW($0, learningRate: 0.05, epsilon: 0) }),
      ("AMSGrad", { AMSGrad($0, learningRate: 0.05, epsilon: 0) }),
      ("Nadam", { Nadam($0, learningRate: 0.05, epsilon: 0) }),
    ] as [(String, (NamedParameters) -> any Optimizer)] {
      let p = try descend([1, 1, 1, 1], steps: 100, make) { 0.5 * ($0.tape.constant(scales) * square($0)).sum() }
      #expect(p.allSatisfy { abs($0 - p[3]) < 1e-9 && abs($0) < 0.5 }, "\(name): \(p)")
    }
  }

  @Test("an ill-conditioned quadratic along the axes: the diagonal Hessian-free step does not see the condition number")
  func diagonal() throws {
    let weights = Parameter(DenseArray([1, 1, 1, 1] as [Double], shape: [1, 4]), name: "weights")
    struct Model: Module { let layer: Linear }
    let model = Model(layer: Linear(weights: weights))
    let inputs = DenseArray((0..<16).map { $0 % 5 == 0 ? [1.0, 10, 100, 1000][$0 / 5] : 0 }, shape: [4, 4])
    var optimizer = DiagonalHessianFree(model.parameters, damping: 1e-6)
    let tape = Tape(scalarType: .float64)
    var random = RandomSource(seed: 1)
    for _ in 0..<3 {
      tape.reset()
      let recorded = RecordedLoss(
        model.layer(tape.constant(inputs)), .squaredError(targets: DenseArray(zeros: [4, 1], .float64)),
        of: model.parameters)
      try optimizer.observe(recorded, using: &random)
      try optimizer.update(with: tape.gradients(of: recorded.loss))
    }
    // The damping of 1e-6 beside the smallest curvature of 1/2 leaves 2e-6 of the error at each step.
    #expect(weights.value.elements.allSatisfy { abs($0) < 1e-15 })
  }

  @Test("a saddle: gradient descent lingers beside the ridge, steps of a fixed size leave it")
  func saddle() throws {
    // x^2 / 2 - y^2 / 2 + y^4 / 4, with minima at y = +-1, from 1e-8 beside the ridge.
    func f(_ p: Variable) -> Variable {
      0.5 * square(p[0]) - 0.5 * square(p[1]) + 0.25 * square(square(p[1]))
    }
    let plain = try descend([1, 1e-8], steps: 100, { SGD($0, learningRate: 0.1) }, f)
    // 1.1^100 = 13,781.
    #expect(abs(plain[0]) < 1e-4 && abs(plain[1] / 1.378e-4 - 1) < 0.01)
    // Momentum grows by the larger root of x^2 - 2 x + 0.9, 1.32, a step: it is over the ridge after 67 of them.
    for isNesterov in [false, true] {
      let fast = try descend([1, 1e-8], steps: 100, { Momentum($0, learningRate: 0.1, isNesterov: isNesterov) }, f)
      #expect(fast[1] > 0.1)
    }
    for make in [
      { Adam($0, learningRate: 0.1) as any Optimizer }, { RMSProp($0, learningRate: 0.1) },
      { Adagrad($0, learningRate: 0.1) }, { AdamW($0, learningRate: 0.1) }, { AMSGrad($0, learningRate: 0.1) },
      { Nadam($0, learningRate: 0.1) },
    ] as [(NamedParameters) -> any Optimizer] {
      let escaped = try descend([1, 1e-8], steps: 100, make, f)
      #expect(abs(escaped[1] - 1) < 0.2)
    }
  }

  /// Where optimizers with a curvature lead on a sum of squares, with the curvature observed at each step.
  private func descend(
    _ start: [Double], steps: Int, _ make: (NamedParameters) -> any CurvatureOptimizer,
    residuals: (Variable) -> Variable
  ) throws -> [Double] {
    let point = Point(start)
    var optimizer = make(point.parameters)
    let tape = Tape(scalarType: .float64)
    var random = RandomSource(seed: 1)
    for _ in 0..<steps {
      tape.reset()
      let recorded = record(point, tape, residuals)
      try optimizer.observe(recorded, using: &random)
      try optimizer.update(with: tape.gradients(of: recorded.loss))
    }
    return point.numbers
  }

  private func record(_ point: Point, _ tape: Tape, _ residuals: (Variable) -> Variable) -> RecordedLoss {
    let outputs = residuals(tape.parameter(point.p)).expanded(axis: 0)
    return RecordedLoss(
      outputs, .squaredError(targets: DenseArray(zeros: outputs.shape, .float64)), of: point.parameters)
  }

  @Test("an ill-conditioned quadratic along the axes: steps over curvatures see no scales, and Sophia's are bounded")
  func scales() throws {
    func residuals(_ p: Variable) -> Variable { p.tape.constant(DenseArray([1, 10, 100, 1000] as [Double])) * p }
    for make in [
      { AdaHessian($0, learningRate: 0.05, epsilon: 0) as any CurvatureOptimizer },
      { Sophia($0, learningRate: 0.05, gamma: 1, estimator: HutchinsonDiagonal()) },
      { DiagonalHessianFree($0, learningRate: 0.05, damping: 1e-9) },
    ] as [(NamedParameters) -> any CurvatureOptimizer] {
      let p = try descend([1, 1, 1, 1], steps: 200, make, residuals: residuals)
      // All alike, as far as rounding and the damping of 1e-9 beside a curvature of 1/2 go.
      #expect(p.allSatisfy { abs($0 - p[3]) < 1e-6 && abs($0) < 0.5 })
    }
    let one = try descend([1, 1, 1, 1], steps: 1, { Sophia($0, learningRate: 0.05) }, residuals: residuals)
    #expect(one.allSatisfy { abs($0 - 0.95) < 1e-12 })
  }

  @Test("Rosenbrock's valley: steps over diagonals of the curvature follow it, with momentum further")
  func valleyWithCurvature() throws {
    func distance(_ make: (NamedParameters) -> any CurvatureOptimizer) throws -> Double {
      let p = try descend([-1.2, 1], steps: 3_000, make) { p in
        concatenate([(1 - p[0]).expanded(axis: 0), (10 * (p[1] - square(p[0]))).expanded(axis: 0)], axis: 0)
      }
      return ((p[0] - 1) * (p[0] - 1) + (p[1] - 1) * (p[1] - 1)).squareRoot()
    }
    // The mean square of Hutchinson's samples is that of the Hessian's rows, so that a rate of 1 is slow across and along
    // the valley, and one of 0.1 ten times slower: an implementation of the published rule in NumPy is 0.055 to 0.060 and
    // 1.65 to 1.66 away, from four seeds.
    #expect(try distance { AdaHessian($0, learningRate: 1) } < 0.1)
    let slow = try distance { AdaHessian($0, learningRate: 0.1) }
    #expect(slow > 1 && slow < 2)
    #expect(try distance { Sophia($0, learningRate: 0.01, estimator: HutchinsonDiagonal()) } < 5e-2)
    let plain = try distance { DiagonalHessianFree($0, learningRate: 0.2, damping: 1) }
    #expect(plain < 0.6)
    #expect(try distance { DiagonalHessianFree($0, learningRate: 0.05, damping: 1, momentum: 0.9) } < plain / 2)
  }

  // x^2 / 2 + (y^2 - 1)^2 / 4, half the sum of these residuals' squares: a saddle at 0 with minima at y = +-1.
  private func saddleResiduals(_ p: Variable) -> Variable {
    concatenate([p[0].expanded(axis: 0), ((square(p[1]) - 1) / 2.0.squareRoot()).expanded(axis: 0)], axis: 0)
  }

  @Test("a saddle: a curvature that is negative is not walked towards, as Newton's step would")
  func saddleWithCurvature() throws {
    let newton = 1e-3  // Newton's step is -g / h = -y: it would be at the saddle at once.
    for make in [
      { AdaHessian($0, learningRate: 0.1) as any CurvatureOptimizer },
      { Sophia($0, learningRate: 0.02, estimator: HutchinsonDiagonal()) },
      { DiagonalHessianFree($0, learningRate: 0.2, damping: 0.5, estimator: HutchinsonDiagonal()) },
      { DiagonalHessianFree($0, learningRate: 0.2, damping: 0.1) },
    ] as [(NamedParameters) -> any CurvatureOptimizer] {
      let p = try descend([1, newton], steps: 300, make, residuals: saddleResiduals)
      #expect(abs(p[0]) < 0.1 && abs(p[1] - 1) < 0.1)
    }
  }

  @Test("Hessian-free: a bent valley in some tens of steps, a condition number of 10^6 in one, and off a saddle")
  func hessianFree() throws {
    func run(
      _ start: [Double], steps: Int, damping: Double, _ residuals: @escaping (Variable) -> Variable
    ) throws -> [Double] {
      let point = Point(start)
      var optimizer = HessianFree(point.parameters, damping: damping)
      optimizer.conjugateGradients = ConjugateGradients(relativeProgress: nil, residual: 1e-14)
      let tape = Tape(scalarType: .float64)
      for _ in 0..<steps { try optimizer.step(on: tape) { record(point, $0, residuals) } }
      return point.numbers
    }
    let valley = try run([-1.2, 1], steps: 50, damping: 1) { p in
      concatenate([(1 - p[0]).expanded(axis: 0), (10 * (p[1] - square(p[0]))).expanded(axis: 0)], axis: 0)
    }
    #expect(valley.allSatisfy { abs($0 - 1) < 1e-6 })
    let quadratic = try run([1, 1], steps: 1, damping: 0) { p in
      p.tape.constant(DenseArray([1, 1000] as [Double])) * p
    }
    #expect(quadratic.allSatisfy { abs($0) < 1e-9 })
    // The Gauss-Newton matrix is y^2 there, far less than the gradient y: what Hessian-free optimization is for.
    let saddle = try run([1, 1e-8], steps: 60, damping: 0.1, saddleResiduals)
    #expect(abs(saddle[0]) < 1e-3 && abs(saddle[1] - 1) < 1e-3)
  }
}
