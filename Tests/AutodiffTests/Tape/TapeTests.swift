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
