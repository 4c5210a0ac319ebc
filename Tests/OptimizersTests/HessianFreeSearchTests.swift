import Autodiff
import DenseArrays
import Foundation
import Layers
import Optimizers
import Testing

@Suite("How much of the quadratic's minimum Hessian-free optimization takes")
struct HessianFreeSearchTests {
  /// Numbers with some residuals of them: the loss is the mean of the residuals' squares.
  private struct Point: Module {
    let p: Parameter
    init(_ start: [Double]) { p = Parameter(DenseArray(start), name: "p") }

    func recorder(_ residuals: @escaping (Variable) -> Variable) -> (Tape) -> RecordedLoss {
      { tape in
        let outputs = residuals(tape.parameter(p)).expanded(axis: 0)
        return RecordedLoss(outputs, .squaredError(targets: DenseArray(zeros: outputs.shape, .float64)), of: parameters)
      }
    }
  }

  private let tape = Tape(scalarType: .float64)

  private func optimizer(_ point: Point, damping: Double = 0) -> HessianFree {
    var optimizer = HessianFree(point.parameters, damping: damping)
    optimizer.conjugateGradients = ConjugateGradients(relativeProgress: nil, residual: 1e-14)
    optimizer.preconditioner = nil
    return optimizer
  }

  // The residual tanh p at 2: the step is -tanh p / (1 - tanh^2 p) = -sinh(4) / 2 = -13.6, far over the minimum. Of its
  // parts 0.8^k the first with |p| < 2, where the loss is lower, is 0.8^6.
  @Test("a step that is too long is shortened until the loss falls, and the damping grows")
  func lineSearch() throws {
    let point = Point([2])
    var optimizer = optimizer(point, damping: 1e-9)
    let report = try optimizer.step(on: tape, point.recorder { tanh($0) })
    let size = 0.262144  // 0.8^6
    #expect(abs(report.stepSize - size) < 1e-15 && report.lossEvaluations == 7)
    #expect(abs(point.p.value.item - (2 - size * Foundation.sinh(4) / 2)) < 1e-5)
    #expect(report.newLoss < report.loss && report.reductionRatio < 0)
    #expect(abs(optimizer.damping / 1.5e-9 - 1) < 1e-12)
  }

  // The residuals p have the gradient p, for two of them, and the Hessian 1: steps of damped Newton's method, -p / 4.
  @Test("the search starts at 0.95 times where it ended")
  func warmStart() throws {
    let point = Point([1, -2])
    var optimizer = optimizer(point, damping: 3)
    optimizer.dampingFactor = 1
    try optimizer.step(on: tape, point.recorder { $0 })
    #expect(zip(point.p.value.elements, [0.75, -1.5]).allSatisfy { abs($0 - $1) < 1e-14 })
    optimizer.conjugateGradients.maximumIterations = 0
    let report = try optimizer.step(on: tape, point.recorder { $0 })
    #expect(report.iterations == 0)
    let expected = [0.75 - 0.95 * 0.25, -1.5 + 0.95 * 0.5]
    #expect(zip(point.p.value.elements, expected).allSatisfy { abs($0 - $1) < 1e-14 })
  }

  // The residuals 10 x and tanh y at (1, 2). The first iterate of conjugate gradients goes along the gradient, (100, 0.07),
  // and takes x to nearly 0; the second one takes y to 2 - 13.6, where tanh^2 is 1 instead of 0.93.
  @Test("of the iterates of conjugate gradients the last one below which the loss does not rise is taken")
  func chosenIterate() throws {
    let point = Point([1, 2])
    var optimizer = optimizer(point, damping: 1e-9)
    optimizer.conjugateGradients.maximumIterations = 2
    let report = try optimizer.step(
      on: tape,
      point.recorder { p in concatenate([(10 * p[0]).expanded(axis: 0), tanh(p[1]).expanded(axis: 0)], axis: 0) })
    #expect(report.iterations == 2 && report.chosenIteration == 1 && report.stepSize == 1)
    let p = point.p.value.elements
    #expect(abs(p[0]) < 1e-2 && abs(p[1] - 2) < 1e-2)
  }

  // Two residuals c p with c^2 = 1 and 15: the gradient is c^2 p, and the diagonal c^2, which random signs give exactly.
  @Test("the first direction is the gradient over (D + lambda)^0.75")
  func preconditioner() throws {
    let point = Point([1, 1])
    var optimizer = optimizer(point, damping: 1)
    optimizer.preconditioner = GaussNewtonDiagonal()
    optimizer.conjugateGradients.maximumIterations = 1
    let report = try optimizer.step(
      on: tape, point.recorder { $0 * $0.tape.constant(DenseArray([1, 15.0.squareRoot()] as [Double])) })
    let change = point.p.value.elements.map { $0 - 1 }
    #expect(report.stepSize == 1 && report.chosenIteration == 1)
    // 2^0.75 is the fourth root of 8, and 16^0.75 is 8.
    #expect(abs(change[1] / change[0] / (15 * 8.0.squareRoot().squareRoot() / 8) - 1) < 1e-12)
  }
}
