import DenseArrays
import Testing

@testable import Autodiff

@Suite("Tape")
struct TapeTests {
  @Test("the gradient of a small net agrees with the one worked out by hand")
  func handWorkedGradient() {
    // loss = sum(tanh(x w)), x = [1, 2], w = [[0.5], [-0.25]]: x w = 0, tanh' = 1, so dw = x and dx = w'.
    let tape = Tape(scalarType: .float64)
    let x = tape.variable(DenseArray([1.0, 2.0], shape: [1, 2]))
    let w = tape.variable(DenseArray([0.5, -0.25], shape: [2, 1]))
    let loss = tanh(matmul(x, w)).sum()
    let gradients = tape.gradients(of: loss)
    #expect(gradients[x] == DenseArray([0.5, -0.25], shape: [1, 2]))
    #expect(gradients[w] == DenseArray([1.0, 2.0], shape: [2, 1]))
  }

  @Test("a weight that is used at every time step gets the sum of its gradients")
  func sharedWeight() {
    // h_t = h_{t-1} w + x_t with scalars: dh_3/dw = h_2 + w (h_1 + w h_0).
    let tape = Tape(scalarType: .float64)
    let w = Parameter(DenseArray([0.5], shape: [1, 1]), name: "w")
    var h = tape.constant(DenseArray([1.0], shape: [1, 1]))
    for x in [2.0, -1, 3] { h = matmul(h, tape.parameter(w)) + x }
    // h: 1, 2.5, 0.25, 3.125
    #expect(h.item == 3.125)
    let gradients = tape.gradients(of: h.sum())
    #expect(gradients[w][0, 0] == 0.25 + 0.5 * (2.5 + 0.5 * 1))
  }

  @Test("second derivatives come from a recorded sweep: d2(x^3)/dx2 = 6x")
  func secondDerivative() {
    let tape = Tape(scalarType: .float64)
    let x = tape.variable(DenseArray([2.0, -1], shape: [2]))
    let loss = (x * x * x).sum()
    let gradient = tape.recordedGradients(of: loss, withRespectTo: [x])[0]
    #expect(gradient.value == DenseArray([12.0, 3], shape: [2]))
    let second = tape.recordedGradients(of: gradient.sum(), withRespectTo: [x])[0]
    #expect(second.value == DenseArray([12.0, -6], shape: [2]))
    let third = tape.gradients(of: [second.sum()], withRespectTo: [x])[0]
    #expect(third == DenseArray([6.0, 6], shape: [2]))
  }

  @Test("Hv of a quadratic form is (A + A')v")
  func hessianProduct() {
    let tape = Tape(scalarType: .float64)
    let a = DenseArray([1.0, 2, 3, 4], shape: [2, 2])
    let x = tape.variable(DenseArray([1.0, -2], shape: [1, 2]))
    let loss = (matmul(x, tape.constant(a)) * x).sum()
    let hessian = tape.hessian(of: loss, withRespectTo: [x])
    #expect(hessian.product([DenseArray([1.0, 0], shape: [1, 2])])[0] == DenseArray([2.0, 5], shape: [1, 2]))
    #expect(hessian.product([DenseArray([0.0, 1], shape: [1, 2])])[0] == DenseArray([5.0, 8], shape: [1, 2]))
  }

  @Test(
    "operations on operands of one shape are recorded and run as all others are",
    arguments: [[], [1], [16], [3, 5], [2, 1, 8], [1024], [1025], [70, 30], [0]] as [Shape],
    [ScalarType.float32, .float64])
  func elementwise(shape: Shape, scalarType: ScalarType) {
    // A tape that looks for NaN records every operation in the general way.
    let runs = [false, true].map { detectsNonFinite in
      let tape = Tape(scalarType: scalarType)
      tape.detectsNonFinite = detectsNonFinite
      var random = TestRandom(seed: shape.count)
      func draw() -> DenseArray {
        DenseArray((0..<shape.count).map { _ in random.uniform(-2, 2) }, shape: shape).converted(to: scalarType)
      }
      let x = tape.variable(draw())
      let y = tape.variable(draw())
      let constant = tape.constant(draw())
      var values: [Variable] = []
      tape.withScope("cell", step: 3) {
        let gate = sigmoid(x * y + constant) - 0.25
        let both = pointwise([gate, y]) { [$0[0] * tanh($0[1]), exp($0[0]) + 2 * $0[1]] }
        values = [gate, both[0], both[1], 3 / (constant * constant + 1), pow(gate * gate + 1, 1.5), -both[0] * both[1]]
      }
      let loss = values.reduce(tape.constant(0, shape: shape, scalarType)) { $0 + $1 * $1 }.sum()
      let inUse = tape.peakBytesInUse
      let recorded = tape.recordedGradients(of: loss, withRespectTo: [x, y])
      let text = tape.text()
      let numbers = (values + recorded).map(\.value)
      let plain = tape.gradients(of: [loss], withRespectTo: [x, y])
      return (text: text, numbers: numbers + plain, differentiable: values.map(\.isDifferentiable), inUse: inUse)
    }
    #expect(runs[0].text == runs[1].text)
    #expect(runs[0].numbers == runs[1].numbers)
    #expect(runs[0].differentiable == [true, true, true, false, true, true])
    #expect(runs[0].differentiable == runs[1].differentiable)
    #expect(runs[0].inUse == runs[1].inUse)
  }

  @Test("a training loop asks for no new memory from the third step on")
  func memoryIsReused() {
    let tape = Tape()
    let w = Parameter(DenseArray(zeros: [16, 16]), name: "w")
    var requests: [Int] = []
    for _ in 0..<6 {
      tape.reset()
      var h = tape.constant(DenseArray(repeating: 0.5, shape: [8, 16]))
      for _ in 0..<50 { h = tanh(matmul(h, tape.parameter(w)) + 0.1) }
      let gradients = tape.gradients(of: h.sum())
      w.update { $0 = gradients[w] }
      requests.append(tape.memoryRequests)
    }
    #expect(requests[2] == requests[5])
  }
}
