import Autodiff
import DenseArrays
import Foundation
import Testing

@Suite("Sweeps")
struct SweepTests {
  private let tape = Tape(scalarType: .float64)

  @Test("derivatives of every order of the sine, by recorded sweeps of either mode")
  func everyOrder() {
    let x = tape.variable(DenseArray([0.7]))
    let expected = [Foundation.sin(0.7), Foundation.cos(0.7), -Foundation.sin(0.7), -Foundation.cos(0.7)]
    var reverse = sin(x)
    var forward = reverse
    for order in 1...6 {
      reverse = tape.recordedGradients(of: reverse, withRespectTo: [x])[0]
      forward = tape.recordedTangents(of: [forward], along: [x], tangents: [tape.constant(1, shape: [1])])[0]
      #expect(abs(reverse.item - expected[order % 4]) < 1e-14)
      #expect(abs(forward.item - expected[order % 4]) < 1e-14)
    }
  }

  @Test("a polynomial has derivatives of exactly zero beyond its degree")
  func beyondDegree() {
    let x = tape.variable(DenseArray([2.0, 3]))
    var derivative = (x * x * x).sum()
    for expected in [39.0, 30.0, 12.0, 0.0, 0.0] {
      derivative = tape.recordedGradients(of: derivative, withRespectTo: [x])[0].sum()
      #expect(derivative.item == expected)
    }
  }

  @Test("a mixed derivative does not depend on the order")
  func mixed() {
    let x = tape.variable(DenseArray([0.5]))
    let y = tape.variable(DenseArray([2.0]))
    let f = exp(x * y) * y
    func derivative(_ first: Variable, _ second: Variable) -> Double {
      let inner = tape.recordedGradients(of: f, withRespectTo: [first])[0]
      return tape.gradients(of: [inner], withRespectTo: [second])[0].item
    }
    // d/dx = y^2 e^(xy), and its derivative by y is (2 y + x y^2) e^(xy).
    let expected = (2 * 2.0 + 0.5 * 4) * Foundation.exp(1)
    #expect(abs(derivative(x, y) - expected) < 1e-13)
    #expect(abs(derivative(y, x) - expected) < 1e-13)
  }

  @Test("the Gauss-Newton product is J' (H (J v)) with the matrices written out")
  func gaussNewton() {
    // z = W tanh(x), loss = sum of z^4: J = W diag(1 - tanh^2), H = 12 z^2 on the diagonal.
    let w = [[1.0, -2], [0.5, 3], [2, 1]]
    let point = [0.3, -0.6]
    let vector = [1.5, 0.25]
    let x = tape.variable(DenseArray(point, shape: [2, 1]))
    let z = matmul(tape.constant(DenseArray(w)), tanh(x))
    let loss = (z * z * z * z).sum()
    let product = tape.gaussNewton(of: loss, through: [z], withRespectTo: [x])
      .product([DenseArray(vector, shape: [2, 1])])[0]
    let slope = point.map { 1 - Foundation.tanh($0) * Foundation.tanh($0) }
    var expected = [0.0, 0]
    for row in w {
      let value = row[0] * Foundation.tanh(point[0]) + row[1] * Foundation.tanh(point[1])
      let tangent = row[0] * slope[0] * vector[0] + row[1] * slope[1] * vector[1]
      for column in 0..<2 { expected[column] += row[column] * slope[column] * 12 * value * value * tangent }
    }
    #expect(product.isClose(to: DenseArray(expected, shape: [2, 1]), tolerance: 1e-13))
  }

  @Test("a linearization of several outputs in several variables gives both products, as often as wanted")
  func linearization() {
    let x = tape.variable(DenseArray([1.0, 2]))
    let y = tape.variable(DenseArray([3.0]))
    let linearization = tape.linearize([x * y, (x * x).sum()], withRespectTo: [x, y])
    for scale in [1.0, 2, -3] {
      let product = linearization.jacobianProduct([DenseArray([scale, 0]), DenseArray([scale])])
      #expect(product == [DenseArray([4 * scale, 2 * scale]), DenseArray(scalar: 2 * scale, .float64)])
      let transposed = linearization.transposedJacobianProduct([
        DenseArray([scale, 0]), DenseArray(scalar: scale, .float64),
      ])
      #expect(transposed == [DenseArray([5 * scale, 4 * scale]), DenseArray([scale])])
    }
  }

  @Test("the gradient with respect to a constant is the one with respect to a variable of its value")
  func constants() {
    func function(_ x: Variable, _ w: Variable) -> Variable { (tanh(matmul(x, w)) * sigmoid(x)).sum() }
    let x = uniform([2, 2])
    let w = uniform([2, 2], seed: 2)
    let asVariables = [tape.variable(x), tape.variable(w)]
    let expected = tape.gradients(of: [function(asVariables[0], asVariables[1])], withRespectTo: asVariables)
    let asConstants = [tape.constant(x), tape.constant(w)]
    let loss = function(asConstants[0], asConstants[1])
    #expect(!loss.isDifferentiable)
    let found = tape.gradients(of: [loss], withRespectTo: asConstants)
    let recorded = tape.recordedGradients(of: loss, withRespectTo: asConstants)
    for index in 0..<2 {
      #expect(found[index].isClose(to: expected[index], tolerance: 1e-15))
      #expect(recorded[index].value.isClose(to: expected[index], tolerance: 1e-15))
    }
  }

  @Test("variables made without gradients are constants of the sweep over all leaves")
  func withoutGradients() {
    let w = Parameter(DenseArray([2.0]), name: "w")
    let v = Parameter(DenseArray([5.0]), name: "v")
    let fixed = tape.withoutGradients { tape.parameter(w) * 3.0 }
    #expect(!fixed.isDifferentiable)
    let gradients = tape.gradients(of: fixed * tape.parameter(v))
    #expect(gradients[v].item == 6)
    #expect(gradients[w].item == 0)
  }

  @Test("a parameter can be changed after the gradients, after a reset, and when its tape is gone")
  func parameterIsReleased() {
    let w = Parameter(DenseArray([2.0]), name: "w")
    _ = tape.gradients(of: tape.parameter(w))
    w.value = DenseArray([3.0])
    tape.reset()
    _ = tape.parameter(w)
    tape.reset()
    w.value = DenseArray([4.0])
    do {
      let other = Tape(scalarType: .float64)
      #expect(other.parameter(w).item == 4)
    }
    w.update { $0[0] = 5 }
    #expect(tape.parameter(w).item == 5)
  }

  @Test("a parameter that is used twice is one leaf, in whatever order, and converted to the tape's type")
  func tiedParameter() {
    let w = Parameter(DenseArray([2.0, 3] as [Float]), name: "w")
    let y = (tape.parameter(w) * tape.parameter(w)).sum()
    let gradients = tape.gradients(of: y)
    #expect(gradients[w] == DenseArray([4.0, 6]))
    #expect(gradients[w].scalarType == .float64)
    #expect(gradients.parameters.count == 1)
    #expect(w.value.scalarType == .float32)
  }

  @Test("a program has gradients of zero for inputs that it does not use, and sums for those used twice")
  func programInputs() {
    let (program, _) = Program.record([([2], .float64), ([3], .float64)], scalarType: .float64) { inputs in
      [(inputs[0] * inputs[0]).sum(), inputs[0] * 2.0]
    }
    let reversed = program.reversed()
    let result = reversed.run([
      DenseArray([1.0, 2]), DenseArray(zeros: [3], .float64), DenseArray(scalar: 1, .float64), DenseArray([10.0, 100]),
    ])
    #expect(result == [DenseArray([22.0, 204]), DenseArray(zeros: [3], .float64)])
  }

  @Test("a program's reverse can be reversed: second derivatives without a value in sight")
  func reversedTwice() {
    let (program, _) = Program.record([([2], .float64)], scalarType: .float64) { [(exp($0[0]) * $0[0]).sum()] }
    let gradient = program.reversed()
    // Inputs: x, the output's cotangent, the gradient's cotangent.
    let second = gradient.reversed(withRespectTo: [0])
    let x = DenseArray([0.5, -1])
    let result = second.run([x, DenseArray(scalar: 1, .float64), DenseArray([1.0, 10])])
    let expected = DenseArray([2.5 * Foundation.exp(0.5), 10 * Foundation.exp(-1)])
    #expect(result[0].isClose(to: expected, tolerance: 1e-15))
  }

  @Test("empty arrays: no rows, no columns, no time steps")
  func emptyArrays() {
    let w = tape.variable(uniform([3, 2]))
    let x = tape.variable(DenseArray(zeros: [0, 3], .float64))
    let loss =
      tanh(matmul(x, w)).sum() + crossEntropy(matmul(x, w), labels: tape.constant(DenseArray([] as [Int32]))).sum()
    #expect(loss.item == 0)
    #expect(tape.gradients(of: [loss], withRespectTo: [w, x]) == [DenseArray(zeros: [3, 2], .float64), x.value])
    let recorded = tape.recordedGradients(of: loss, withRespectTo: [w, x])
    #expect(recorded.map(\.value) == [DenseArray(zeros: [3, 2], .float64), x.value])
  }
}
