import Autodiff
import DenseArrays
import Foundation
import Layers
import Testing

@Suite("Losses")
struct LossTests {
  let tape = Tape(scalarType: .float64)

  private func constant(_ elements: [Double], _ shape: Shape) -> Variable {
    tape.constant(DenseArray(elements, shape: shape))
  }

  // Three logits and a label by hand: log(e^1 + e^2 + e^4) - 2 and log(3) - 0.
  @Test("softmax cross entropy is the mean of -log p, in nats")
  func softmax() {
    let logits = constant([1, 2, 4, 0, 0, 0], [2, 3])
    let labels = DenseArray([1, 2] as [Int32], shape: [2])
    let first = Foundation.log(Foundation.exp(1.0) + Foundation.exp(2.0) + Foundation.exp(4.0)) - 2
    let second = Foundation.log(3.0)
    #expect(abs(softmaxCrossEntropy(logits, labels: labels).item - (first + second) / 2) < 1e-14)
    let weighted = softmaxCrossEntropy(logits, labels: labels, weights: DenseArray([3, 1] as [Double], shape: [2]))
    #expect(abs(weighted.item - (3 * first + second) / 4) < 1e-14)
  }

  // At logits of +-40 and beyond 1 - sigmoid(z) is below the rounding of 1; the losses are exp(-40) and 800 all the same.
  @Test("sigmoid cross entropy keeps its relative accuracy for any logit")
  func sigmoidStable() {
    for (logit, target, expected) in [
      (0, 1, Foundation.log(2.0)), (40, 1, Foundation.exp(-40.0)), (-40, 0, Foundation.exp(-40.0)), (40, 0, 40),
      (-800, 1, 800), (800, 1, 0), (0.3, 0.25, -0.25 * 0.3 + Foundation.log(1 + Foundation.exp(0.3))),
    ] as [(Double, Double, Double)] {
      let loss = sigmoidCrossEntropy(constant([logit], [1]), targets: constant([target], [1])).item
      #expect(abs(loss - expected) <= 4e-16 * expected, "logit \(logit), target \(target)")
    }
  }

  @Test(
    "the derivative of sigmoid cross entropy is sigmoid(z) - y, at zero too",
    arguments: [0, 0.5, -3, 30, -30] as [Double])
  func sigmoidDerivative(logit: Double) {
    for target in [0, 0.25, 1] as [Double] {
      tape.reset()
      let z = tape.variable(DenseArray([logit], shape: [1]))
      let gradient = tape.gradients(of: sigmoidCrossEntropy(z, targets: constant([target], [1])))[z].item
      // (1 - y) sigmoid(z) - y sigmoid(-z), which loses no digits where sigmoid(z) is near 1.
      let expected = (1 - target) / (1 + Foundation.exp(-logit)) - target / (1 + Foundation.exp(logit))
      #expect(abs(gradient - expected) < 1e-15)
    }
  }

  @Test("mean squared error is the mean over all elements")
  func squared() {
    let predictions = constant([1, 2, 3, 4], [2, 1, 2])
    let targets = DenseArray([0, 2, 5, 1] as [Double], shape: [2, 1, 2])
    #expect(meanSquaredError(predictions, targets: targets).item == (1 + 0 + 4 + 9) / 4.0)
  }

  @Test("weights of time or of time and batch weigh every element below them")
  func weights() {
    // Errors 1, 4 | 9, 16 at step 0 and 25, 36 | 49, 64 at step 1, in [time, batch, feature].
    let predictions = constant([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2])
    let zeros = DenseArray(zeros: [2, 2, 2], .float64)
    func loss(_ weights: [Double], _ shape: Shape) -> Double {
      meanSquaredError(predictions, targets: zeros, weights: DenseArray(weights, shape: shape)).item
    }
    #expect(loss([0, 1], [2]) == 43.5)
    // (3 * 30 + 174) / (4 * 4)
    #expect(loss([3, 1], [2]) == 16.5)
    #expect(loss([0, 0, 0, 2], [2, 2]) == 56.5)
    #expect(loss([0, 0, 0, 0, 1, 0, 0, 0], [2, 2, 2]) == 25)
    let narrow = DenseArray([0, 1] as [Float], shape: [2])
    #expect(meanSquaredError(predictions, targets: zeros, weights: narrow).item == 43.5)
  }

  @Test("weights that are all zero stop")
  func zeroWeights() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let x = Tape().zeros([2, 3])
      x.tape.withScope("loss") { _ = meanSquaredError(x, targets: x, weights: DenseArray(zeros: [2, 3])) }
    }
    expectMessage(
      "meanSquaredError: all 6 step weights are zero; at least one has to be positive (in loss)", in: result)
  }

  @Test("negative weights stop")
  func negativeWeights() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let x = Tape().zeros([2, 3])
      _ = sigmoidCrossEntropy(x, targets: x, weights: DenseArray([1, -0.5] as [Float], shape: [2]))
    }
    expectMessage(
      "sigmoidCrossEntropy: step weight -0.5 at element 1; weights are finite and not negative", in: result)
  }

  @Test("weights of another shape stop")
  func weightShape() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let x = Tape().zeros([2, 3])
      _ = meanSquaredError(x, targets: x, weights: DenseArray(zeros: [3]))
    }
    expectMessage(
      "meanSquaredError: step weights of type float32 and shape [3] for losses of shape [2, 3]; "
        + "expected floating-point weights of that shape or of its first axes", in: result)
  }

  @Test("targets of another shape stop")
  func targetShape() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      tape.withScope("loss") { _ = meanSquaredError(tape.zeros([2, 3]), targets: DenseArray(zeros: [2, 1])) }
    }
    expectMessage("meanSquaredError: predictions of shape [2, 3] and targets of shape [2, 1] (in loss)", in: result)
  }

  @Test("a label out of range stops with the label and the number of classes")
  func label() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = softmaxCrossEntropy(Tape().zeros([2, 3]), labels: DenseArray([0, 3] as [Int32], shape: [2]))
    }
    expectMessage("crossEntropy([2, 3], [2]): label 3 at position 1 is not in 0..<3", in: result)
  }
}
