internal import DenseArrays

/// Random sums of two binary numbers, two digits a step, least significant first.
///
/// Both numbers have a leading zero, so that the sum fits. With a delay of d, d more pairs of zeros follow and the target
/// of a step is the sum's digit d steps ago; the first d steps have none.
struct BinaryAdditionData {
  /// The sums of one batch, all with the same number of steps.
  struct Batch {
    /// The digits as -1 and 1, [steps, batch, 2].
    let inputs: DenseArray
    /// The digits of the sums as 0 and 1, [steps, batch, 1].
    let targets: DenseArray
    /// 1 where a step has a target and 0 where it has none, [steps].
    let weights: DenseArray
    /// The two digits put in at each step, 2 a + b, row-major [steps, batch].
    let symbols: [UInt8]
  }

  /// By how many steps a digit of the sum comes later than its two digits.
  let delay: Int

  /// Draws sums.
  ///
  /// - Parameters:
  ///   - digits: The number of digits of the sums, at least 2.
  ///   - count: The number of sums in the batch.
  ///   - random: Where the digits come from, 64 sums a word.
  func batch(digits: Int, count: Int, using random: inout some RandomNumberGenerator) -> Batch {
    let steps = digits + delay
    var inputs = [Float](repeating: -1, count: steps * count * 2)
    var targets = [Float](repeating: 0, count: steps * count)
    var symbols = [UInt8](repeating: 0, count: steps * count)
    for first in stride(from: 0, to: count, by: 64) {
      var carries: UInt64 = 0
      for step in 0..<digits {
        // A bit of these words is a digit of one sum.
        let a = step == digits - 1 ? 0 : random.next()
        let b = step == digits - 1 ? 0 : random.next()
        let sums = a ^ b ^ carries
        carries = (a & b) | (a & carries) | (b & carries)
        for index in first..<min(first + 64, count) {
          let bit = UInt64(index - first)
          let row = step * count + index
          inputs[2 * row] = (a >> bit) & 1 == 1 ? 1 : -1
          inputs[2 * row + 1] = (b >> bit) & 1 == 1 ? 1 : -1
          symbols[row] = UInt8(2 * ((a >> bit) & 1) + ((b >> bit) & 1))
          targets[row + delay * count] = (sums >> bit) & 1 == 1 ? 1 : 0
        }
      }
    }
    let weights = (0..<steps).map { Float($0 < delay ? 0 : 1) }
    return Batch(
      inputs: DenseArray(inputs, shape: [steps, count, 2]),
      targets: DenseArray(targets, shape: [steps, count, 1]),
      weights: DenseArray(weights, shape: [steps]),
      symbols: symbols)
  }
}
