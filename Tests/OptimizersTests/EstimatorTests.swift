import Autodiff
import DenseArrays
import Foundation
import Layers
import Optimizers
import Testing

@Suite("Diagonal estimators are unbiased, exactly")
struct EstimatorTests {
  /// The mean of an estimator's samples over all sign vectors.
  private func mean(_ estimator: some SignCurvatureEstimator, _ net: SmallNet) -> [Double] {
    let tape = Tape(scalarType: .float64)
    let shapes = estimator.signShapes(for: net.record(tape))
    let count = shapes.reduce(0) { $0 + $1.count }
    precondition(count <= 12)
    var sum = [Double](repeating: 0, count: net.parameters.elementCount)
    for bits in 0..<1 << count {
      tape.reset()
      var position = 0
      let signs = shapes.map { shape in
        defer { position += shape.count }
        return DenseArray((0..<shape.count).map { bits >> (position + $0) & 1 == 0 ? -1.0 : 1 }, shape: shape)
      }
      let sample = estimator.sample(net.record(tape), signs: signs).flatMap(\.elements)
      for index in sum.indices { sum[index] += sample[index] }
    }
    return sum.map { $0 / Double(1 << count) }
  }

  private func diagonal(_ matrix: Rows) -> [Double] { matrix.indices.map { matrix[$0][$0] } }

  /// The Gauss-Newton matrix from its products, which are checked against explicit ones elsewhere.
  private func gaussNewton(_ net: SmallNet) -> Rows {
    let recorded = net.recorded()
    let matrix = recorded.gaussNewton()
    let count = net.parameters.elementCount
    return (0..<count).map { index in
      var unit = [Double](repeating: 0, count: count)
      unit[index] = 1
      return matrix.product(recorded.arrays(unit)).flatMap(\.elements)
    }
  }

  #if DEBUG
    // All signs of two sequences are 64 times those of one, some ten seconds without optimisation.
    private static let sequences = 1
  #else
    private static let sequences = 2
  #endif

  // Means over up to 4096 samples of numbers up to some tens: sums are good to 1e-12.
  @Test(
    "Gauss-Newton by random signs, with time steps that share weights",
    arguments: [
      SmallNet.softmaxRegression(), .linearRegression(), .perceptron(), .recurrent(steps: 2, batch: sequences),
    ])
  func gaussNewtonDiagonal(net: SmallNet) {
    #expect(areClose(mean(GaussNewtonDiagonal(), net), diagonal(gaussNewton(net)), 1e-12))
  }

  @Test("Hutchinson's diagonal", arguments: [SmallNet.softmaxRegression(), .linearRegression(), .curved()])
  func hutchinson(net: SmallNet) {
    let expected = diagonal(net.recorded().explicitHessian())
    #expect(areClose(mean(HutchinsonDiagonal(), net), expected, 1e-12))
    // A linear model's Hessian is its Gauss-Newton matrix, which this one's is not.
    if net.testDescription == "curved" { #expect(!areClose(expected, diagonal(gaussNewton(net)), 1e-2)) }
  }

  @Test("equilibration: squared norms of the Hessian's rows", arguments: [SmallNet.softmaxRegression(), .curved()])
  func equilibration(net: SmallNet) {
    let norms = net.recorded().explicitHessian().map { $0.reduce(0) { $0 + $1 * $1 } }
    #expect(areClose(mean(Equilibration(), net), norms, 1e-12))
    #expect(Equilibration().exponent == 0.5)
  }

  @Test("the empirical Fisher diagonal is the mean of the examples' squared gradients")
  func fisher() {
    let net = SmallNet.recurrent()
    let recorded = net.recorded()
    // The gradient of each sequence's loss: the part of the mean that is the sequence's, times the two sequences.
    let outputGradient = recorded.tape.gradients(of: [recorded.loss], withRespectTo: [recorded.outputs])[0]
    var expected = [Double](repeating: 0, count: net.parameters.elementCount)
    for example in 0..<2 {
      let part = outputGradient.elements.enumerated().map { $0 / 3 % 2 == example ? 2 * $1 : 0 }
      let gradient = recorded.transposedJacobianProduct(DenseArray(part, shape: outputGradient.shape))
      for (index, g) in gradient.flatMap(\.elements).enumerated() { expected[index] += g * g / 2 }
    }
    #expect(areClose(mean(EmpiricalFisherDiagonal(), net), expected, 1e-13))
  }

  @Test("targets that the net predicts, all of them weighted by their probabilities")
  func sampledTargets() {
    let net = SmallNet.softmaxRegression()
    let p = net.recorded().outputs.value.elements.map { Foundation.exp($0) }
    var sum = [Double](repeating: 0, count: 9)
    for first in 0..<3 {
      for second in 0..<3 {
        let recorded = net.recorded()
        let labels = DenseArray([Int32(first), Int32(second)], shape: [2])
        let sample = SampledTargetDiagonal().sample(recorded, targets: .softmaxCrossEntropy(labels: labels))
        let probability = p[first] / p[0..<3].reduce(0, +) * p[3 + second] / p[3..<6].reduce(0, +)
        for (index, value) in sample.flatMap(\.elements).enumerated() { sum[index] += probability * value }
      }
    }
    #expect(areClose(sum, diagonal(gaussNewton(net)), 1e-13))
  }

  @Test("bits that the net predicts, all of them weighted by their probabilities")
  func sampledBits() {
    let net = SmallNet.perceptron(isWeighted: false)
    let p = net.recorded().outputs.value.elements.map { 1 / (1 + Foundation.exp(-$0)) }
    var sum = [Double](repeating: 0, count: 13)
    for bits in 0..<16 {
      let targets = (0..<4).map { Double(bits >> $0 & 1) }
      let probability = zip(p, targets).reduce(1) { $0 * ($1.1 == 1 ? $1.0 : 1 - $1.0) }
      let sample = SampledTargetDiagonal().sample(
        net.recorded(), targets: .sigmoidCrossEntropy(targets: DenseArray(targets, shape: [4, 1])))
      for (index, value) in sample.flatMap(\.elements).enumerated() { sum[index] += probability * value }
    }
    #expect(areClose(sum, diagonal(gaussNewton(net)), 1e-13))
  }

  // A sample is quadratic in the noise, so that two numbers of variance 1/2 do for the normal ones.
  @Test("numbers that the net predicts, with all signs of a noise of variance 1/2")
  func sampledNumbers() {
    let net = SmallNet.curved()
    let y = net.recorded().outputs.value.elements
    var sum = [Double](repeating: 0, count: 9)
    for bits in 0..<16 {
      let targets = y.enumerated().map { $1 + (bits >> $0 & 1 == 1 ? 1 : -1) * 0.5.squareRoot() }
      let sample = SampledTargetDiagonal().sample(
        net.recorded(), targets: .squaredError(targets: DenseArray(targets, shape: [4, 1])))
      for (index, value) in sample.flatMap(\.elements).enumerated() { sum[index] += value / 16 }
    }
    #expect(areClose(sum, diagonal(gaussNewton(net)), 1e-13))
  }

  // Means of 4,000 draws, within 5 deviations; the gradient of the drawn targets' loss is that of their mean.
  @Test("drawn targets are distributed as the net predicts")
  func distributions() {
    var random = RandomSource(seed: 2)
    let count = 4_000
    let logits = [0.5, -1, 1.5]
    func gradient(_ loss: OutputLoss, _ row: [Double]) -> (sums: [Double], loss: Double) {
      let values = DenseArray((0..<count * row.count).map { row[$0 % row.count] }, shape: [count, row.count])
      let tape = Tape(scalarType: .float64)
      let outputs = tape.constant(values)
      let probe = tape.variable(DenseArray(zeros: [count, row.count], .float64))
      let recorded = loss.sampled(at: values, using: &random)(outputs + probe)
      let gradient = tape.gradients(of: [recorded], withRespectTo: [probe])[0].elements
      let sums = row.indices.map { column in
        stride(from: column, to: gradient.count, by: row.count).reduce(0) { $0 + gradient[$1] }
      }
      return (sums, recorded.item)
    }
    let powers = logits.map { Foundation.exp($0) }
    let classes = gradient(.softmaxCrossEntropy(labels: DenseArray(zeros: [count], .int32)), logits).sums
    for (difference, power) in zip(classes, powers) {
      let p = power / powers.reduce(0, +)
      #expect(abs(difference) < 5 * (p * (1 - p) / Double(count)).squareRoot())
    }
    let bits = gradient(.sigmoidCrossEntropy(targets: DenseArray(zeros: [count, 1], .float64)), [1]).sums
    let p = 1 / (1 + Foundation.exp(-1.0))
    #expect(abs(bits[0]) < 5 * (p * (1 - p) / Double(count)).squareRoot())
    let numbers = gradient(.squaredError(targets: DenseArray(zeros: [count, 1], .float64)), [3])
    #expect(abs(numbers.sums[0]) < 5 * (2 / Double(count)).squareRoot())
    #expect(abs(numbers.loss - 0.5) < 5 * 0.5 * (2 / Double(count)).squareRoot())
  }

  @Test("averages over blocks of a parameter, the last of which may be smaller")
  func blocks() {
    struct Fixed: CurvatureEstimator {
      var exponent: Double { 0.5 }
      func sample(_ recorded: RecordedLoss, using random: inout RandomSource) -> [DenseArray] {
        recorded.parameters.map(\.parameter.shape).map { shape in
          DenseArray((0..<shape.count).map { Double($0 * $0) }, shape: shape)
        }
      }
    }
    var random = RandomSource(seed: 1)
    let average = BlockAverage(of: Fixed(), size: 4)
    let sample = average.sample(SmallNet.linearRegression().recorded(), using: &random)
    // Weights [2, 2] and biases [2].
    #expect(sample.map(\.elements) == [[3.5, 3.5, 3.5, 3.5], [0.5, 0.5]] && average.exponent == 0.5)
  }

  @Test("Becker and LeCun's diagonal is that of the Gauss-Newton matrix with one hidden layer")
  func diagonalBackpropagation() {
    let net = SmallNet.perceptron()
    var random = RandomSource(seed: 1)
    let found = DiagonalBackpropagation().sample(net.recorded(), using: &random).flatMap(\.elements)
    #expect(areClose(found, diagonal(gaussNewton(net)), 1e-13))
  }

  @Test("drawn targets have the shapes and values of the loss's own")
  func draws() {
    var random = RandomSource(seed: 1)
    for net in SmallNet.all() {
      let recorded = net.recorded()
      let loss = recorded.outputLoss.sampled(at: recorded.outputs.value, using: &random)
      #expect(loss(recorded.outputs).item.isFinite)
      let estimate = SampledTargetDiagonal().estimate(recorded, samples: 3, using: &random)
      #expect(estimate.map(\.shape) == net.parameters.map(\.parameter.shape))
      #expect(estimate.allSatisfy { $0.elements.allSatisfy { $0 >= 0 } })
    }
  }
}
