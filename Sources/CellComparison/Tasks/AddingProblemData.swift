internal import DenseArrays

/// Random sequences of the adding problem: numbers in 0 ..< 1, two of them marked; their sum is asked for at the end.
///
/// One marker is in the first half of the sequence and one in the second, each place in its half as likely as any other.
/// Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997, experiment 4, with fixed lengths and the plain sum
/// as in Le, Jaitly and Hinton, "A simple way to initialize recurrent networks of rectified linear units", 2015.
struct AddingProblemData {
  /// Sequences of one length.
  struct Batch {
    /// Numbers and markers, [steps, batch, 2].
    let inputs: DenseArray
    /// The sums of the two marked numbers, [batch, 1].
    let targets: DenseArray
  }

  /// The mean squared error of always answering 1, the mean: twice the variance of a uniform number.
  static let constantGuessError: Double = 1.0 / 6

  /// The number of steps, at least 2.
  let steps: Int

  /// Draws sequences.
  func batch(count: Int, using random: inout some RandomNumberGenerator) -> Batch {
    var inputs = [Float](repeating: 0, count: steps * count * 2)
    var targets = [Float](repeating: 0, count: count)
    let half = steps / 2
    for index in 0..<count {
      for step in 0..<steps {
        // 24 bits: every value is a float32 below 1.
        inputs[2 * (step * count + index)] = Float(random.next() >> 40) * 0x1p-24
      }
      let marked = [Self.number(below: half, &random), half + Self.number(below: steps - half, &random)]
      for step in marked {
        inputs[2 * (step * count + index) + 1] = 1
        targets[index] += inputs[2 * (step * count + index)]
      }
    }
    return Batch(
      inputs: DenseArray(inputs, shape: [steps, count, 2]), targets: DenseArray(targets, shape: [count, 1]))
  }

  /// A number in 0 ..< bound from the upper half of a product: off uniform by less than one part in 2^40.
  private static func number(below bound: Int, _ random: inout some RandomNumberGenerator) -> Int {
    Int(random.next().multipliedFullWidth(by: UInt64(bound)).high)
  }
}
