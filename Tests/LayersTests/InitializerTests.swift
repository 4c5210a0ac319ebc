import DenseArrays
import Layers
import Testing

/// Mean, variance and extremes of an array's elements.
private func statistics(_ array: DenseArray) -> (mean: Double, variance: Double, low: Double, high: Double) {
  let elements = array.elements
  let mean = elements.reduce(0, +) / Double(elements.count)
  let variance = elements.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(elements.count)
  return (mean, variance, elements.min() ?? 0, elements.max() ?? 0)
}

@Suite("Initialisers")
struct InitializerTests {
  /// Shape [200, 300]: fan-in 300, fan-out 200, 60,000 numbers.
  static let shape: Shape = [200, 300]

  /// Each initialiser with the mean and variance of its distribution, and the bound on its numbers where there is one.
  static let distributions: [(initializer: Initializer, mean: Double, variance: Double, bound: Double)] = [
    (.uniform(-0.25...0.75), 0.25, 1.0 / 12, 0.75),
    (.normal(mean: -1, standardDeviation: 0.5), -1, 0.25, .infinity),
    (.glorotUniform(), 0, 2.0 / 500, (6.0 / 500).squareRoot()),
    (.glorotUniform(gain: 3), 0, 9 * 2.0 / 500, 3 * (6.0 / 500).squareRoot()),
    (.glorotNormal(), 0, 2.0 / 500, .infinity),
    (.heUniform, 0, 2.0 / 300, (6.0 / 300).squareRoot()),
    (.heNormal, 0, 2.0 / 300, .infinity),
  ]

  // The mean of N numbers deviates by sqrt(variance / N), the sample variance by at most variance sqrt(2 / N) (a normal's;
  // a uniform's less): five of them, which a right generator exceeds once in a million draws.
  @Test("mean, variance and bounds are the distribution's", arguments: distributions.indices)
  func moments(index: Int) {
    let (initializer, mean, variance, bound) = Self.distributions[index]
    var random = RandomSource(seed: 11)
    let found = statistics(initializer(Self.shape, .float64, using: &random))
    let count = Double(Self.shape.count)
    #expect(abs(found.mean - mean) < 5 * (variance / count).squareRoot(), "\(initializer)")
    #expect(abs(found.variance - variance) < 5 * variance * (2 / count).squareRoot(), "\(initializer)")
    #expect(max(-found.low, found.high) <= bound, "\(initializer)")
    // 60,000 uniform numbers leave the outer 0.1 % of their range empty with probability e^-30.
    if bound.isFinite { #expect(found.high > 0.998 * bound, "\(initializer)") }
  }

  @Test("a convolution's window multiplies both fans")
  func fans() {
    var random = RandomSource(seed: 1)
    let array = Initializer.glorotUniform()([4, 6, 5, 5], .float64, using: &random)
    let bound = (6.0 / Double((4 + 6) * 25)).squareRoot()
    let found = statistics(array)
    #expect(found.high <= bound && found.high > 0.97 * bound)
  }

  // Each product sums up to 300 terms of size 1/300 on average: rounding stays below 1e-15, the bound allows 1000 times.
  @Test(
    "an orthogonal matrix has orthonormal rows or columns, whichever are fewer",
    arguments: [[1, 1], [5, 5], [40, 300], [300, 40], [128, 128], [6, 2, 3]] as [Shape])
  func orthogonal(shape: Shape) {
    var random = RandomSource(seed: 5)
    let elements = Initializer.orthogonal(gain: 2)(shape, .float64, using: &random).elements
    let rows = shape[0]
    let columns = shape.count / rows
    let byRows = rows <= columns
    let count = min(rows, columns)
    let length = max(rows, columns)
    var worst = 0.0
    for i in 0..<count {
      for j in 0...i {
        var product = 0.0
        for k in 0..<length {
          product +=
            byRows
            ? elements[i * columns + k] * elements[j * columns + k]
            : elements[k * columns + i] * elements[k * columns + j]
        }
        worst = max(worst, abs(product - (i == j ? 4 : 0)))
      }
    }
    #expect(worst < 1e-12)
  }

  @Test("an orthogonal matrix is drawn from both components of the group and has no preferred sign")
  func haar() {
    // The (0, 0) element of a uniform 2 x 2 orthogonal matrix is cos(angle): mean 0, variance 1/2; the determinant is +-1
    // with equal probability. 2000 draws: five deviations are 0.08 and 0.11.
    var random = RandomSource(seed: 3)
    var sum = 0.0
    var determinants = 0.0
    for _ in 0..<2000 {
      let e = Initializer.orthogonal()([2, 2], .float64, using: &random).elements
      sum += e[0]
      determinants += e[0] * e[3] - e[1] * e[2]
    }
    #expect(abs(sum / 2000) < 0.08)
    #expect(abs(determinants / 2000) < 0.112)
  }

  @Test("identity, constants and the forget bias are what they say")
  func fixed() {
    var random = RandomSource(seed: 1)
    #expect(
      Initializer.identity(scale: 3)([2, 3], using: &random).elements == [3, 0, 0, 0, 3, 0])
    #expect(Initializer.zeros([2], using: &random).elements == [0, 0])
    #expect(Initializer.constant(-2)([2], using: &random).elements == [-2, -2])
    #expect(Initializer.forgetBias([2], using: &random).elements == [1, 1])
  }

  @Test("float32 values are the float64 ones rounded, and a seed decides them")
  func types() {
    for initializer in [Initializer.orthogonal(), .glorotUniform(), .normal(standardDeviation: 1)] {
      var (first, second, other) = (RandomSource(seed: 8), RandomSource(seed: 8), RandomSource(seed: 9))
      let double = initializer([7, 5], .float64, using: &first)
      #expect(initializer([7, 5], .float32, using: &second) == double.converted(to: .float32))
      #expect(initializer([7, 5], .float64, using: &other) != double)
    }
  }

  @Test("an initialiser of one's own is used like the others")
  func custom() {
    var random = RandomSource(seed: 1)
    let ramp = Initializer("ramp") { shape, _ in DenseArray((0..<shape.count).map(Double.init), shape: shape) }
    #expect(ramp([2, 2], using: &random).elements == [0, 1, 2, 3])
    #expect("\(ramp)" == "ramp")
  }

  @Test("shapes that an initialiser cannot fill stop")
  func mistakes() async {
    let identity = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = Initializer.identity()([3], using: &random)
    }
    expectMessage("Initializer.identity: a matrix is expected, not shape [3]", in: identity)
    let orthogonal = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = Initializer.orthogonal()([3], using: &random)
    }
    expectMessage("Initializer.orthogonal: a matrix is expected, not shape [3]", in: orthogonal)
    let wrong = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = Initializer("half") { _, _ in DenseArray(zeros: [1]) }([3], using: &random)
    }
    expectMessage("Initializer half: made shape [1], expected [3]", in: wrong)
  }
}
