import DenseArrays
import Testing

@testable import CellComparison

@Suite("Binary addition")
struct BinaryAdditionTests {
  @Test("the targets are the digits of the sums", arguments: [(2, 0), (9, 0), (20, 0), (20, 1), (7, 3)])
  func sums(digits: Int, delay: Int) {
    let count = 150
    let steps = digits + delay
    var random = RandomSource(seed: UInt64(digits))
    let batch = BinaryAdditionData(delay: delay).batch(digits: digits, count: count, using: &random)
    #expect(batch.inputs.shape == [steps, count, 2])
    #expect(batch.targets.shape == [steps, count, 1])
    #expect(batch.weights.shape == [steps])
    let inputs = batch.inputs.scalars(of: Float.self)
    let targets = batch.targets.scalars(of: Float.self)
    #expect(batch.weights.scalars(of: Float.self) == (0..<steps).map { $0 < delay ? 0 : 1 })
    #expect(inputs.allSatisfy { abs($0) == 1 })
    var seen: Set<Int> = []
    for index in 0..<count {
      var (a, b, sum) = (0, 0, 0)
      for step in 0..<steps {
        let row = step * count + index
        if inputs[2 * row] > 0 { a += 1 << step }
        if inputs[2 * row + 1] > 0 { b += 1 << step }
        if step >= delay, targets[row] == 1 { sum += 1 << (step - delay) }
        #expect(batch.symbols[row] == (inputs[2 * row] > 0 ? 2 : 0) + (inputs[2 * row + 1] > 0 ? 1 : 0))
      }
      #expect(a + b == sum)
      #expect(sum < 1 << digits)
      seen.insert(a)
    }
    // 150 numbers of d - 1 digits: far fewer would not be random.
    #expect(seen.count > min(1 << (digits - 1), 100) / 2)
  }

  /// Outputs and answers of the network with three threshold units that counts the ones of digits and carry; further
  /// units remember the first digit and are of no use.
  private func thresholdNetwork(_ batch: BinaryAdditionData.Batch, uselessUnits: Int) -> (DenseArray, DenseArray) {
    let (steps, count) = (batch.targets.shape[0], batch.targets.shape[1])
    var outputs: [Float] = []
    var logits: [Float] = []
    var carries = [Int](repeating: 0, count: count)
    for step in 0..<steps {
      for index in 0..<count {
        let symbol = Int(batch.symbols[step * count + index])
        let ones = symbol / 2 + symbol % 2 + carries[index]
        let units = (1...3).map { ones >= $0 }
        carries[index] = units[1] ? 1 : 0
        outputs += (units + Array(repeating: symbol >= 2, count: uselessUnits)).map { $0 ? 0.9 : -0.9 }
        logits.append(units[0] && (!units[1] || units[2]) ? 3 : -3)
      }
    }
    return (
      DenseArray(outputs, shape: [steps, count, 3 + uselessUnits]), DenseArray(logits, shape: [steps, count, 1])
    )
  }

  @Test("a hand-made adder is right everywhere and has the four states of the adding automaton")
  func handMadeAdder() {
    var random = RandomSource(seed: 3)
    let batch = BinaryAdditionData(delay: 0).batch(digits: 100, count: 64, using: &random)
    let (outputs, logits) = thresholdNetwork(batch, uselessUnits: 0)
    let result = BinaryAdditionEvaluation(batch, delay: 0, outputs: outputs, logits: logits)
    #expect(result.bitsRight == 1)
    #expect(result.sumsRight == 1)
    #expect(result.patternCount == 4)
    #expect(result.stateCount == 4)
    #expect(result.agreement == 1)
  }

  @Test("patterns that behave alike are merged", arguments: [1, 70])
  func uselessUnits(count: Int) {
    var random = RandomSource(seed: 4)
    let batch = BinaryAdditionData(delay: 0).batch(digits: 100, count: 64, using: &random)
    let (outputs, logits) = thresholdNetwork(batch, uselessUnits: count)
    let result = BinaryAdditionEvaluation(batch, delay: 0, outputs: outputs, logits: logits)
    // No ones: first digit 0. One or two: either. Three: first digit 1. So 1 + 2 + 2 + 1 patterns.
    #expect(result.patternCount == 6)
    #expect(result.stateCount == 4)
    #expect(result.agreement == 1)
  }

  @Test("wrong digits are counted, also when the answer is delayed")
  func wrongDigits() {
    var random = RandomSource(seed: 5)
    let (count, digits, delay) = (4, 10, 2)
    let batch = BinaryAdditionData(delay: delay).batch(digits: digits, count: count, using: &random)
    var logits = batch.targets.scalars(of: Float.self).map { $0 * 2 - 1 }
    // Without a target: not counted. Then two wrong digits of one sum, and one of another.
    logits[0 * count + 1] *= -1
    for (step, index) in [(delay, 0), (delay + 3, 0), (delay + 9, 2)] { logits[step * count + index] *= -1 }
    let result = BinaryAdditionEvaluation(
      batch, delay: delay, outputs: DenseArray(zeros: [digits + delay, count, 3]),
      logits: DenseArray(logits, shape: [digits + delay, count, 1]))
    #expect(result.bitsRight == 37.0 / 40)
    #expect(result.sumsRight == 0.5)
    #expect(result.patternCount == 1)
  }
}

extension DenseArray {
  /// The elements as an array.
  func scalars<Scalar: DenseScalar>(of type: Scalar.Type) -> [Scalar] {
    withUnsafeElements(of: type) { Array($0) }
  }
}
