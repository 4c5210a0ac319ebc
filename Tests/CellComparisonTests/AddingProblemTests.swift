import DenseArrays
import Testing

@testable import CellComparison

@Suite("The adding problem")
struct AddingProblemTests {
  @Test("two numbers are marked, one in each half, and the target is their sum", arguments: [2, 3, 10, 51])
  func markers(steps: Int) {
    var random = RandomSource(seed: 1)
    let count = 400
    let batch = AddingProblemData(steps: steps).batch(count: count, using: &random)
    #expect(batch.inputs.shape == [steps, count, 2])
    #expect(batch.targets.shape == [count, 1])
    let inputs = batch.inputs.scalars(of: Float.self)
    let targets = batch.targets.scalars(of: Float.self)
    var marked = Array(repeating: 0, count: steps)
    for index in 0..<count {
      let places = (0..<steps).filter { inputs[2 * ($0 * count + index) + 1] != 0 }
      #expect(places.count == 2)
      #expect(places[0] < steps / 2 && places[1] >= steps / 2)
      #expect(places.allSatisfy { inputs[2 * ($0 * count + index) + 1] == 1 })
      #expect(targets[index] == places.map { inputs[2 * ($0 * count + index)] }.reduce(0, +))
      for place in places { marked[place] += 1 }
    }
    // Every place has its turn; the chance of a miss is below 26 (25/26)^400 < 1e-5.
    #expect(marked.allSatisfy { $0 > 0 })
    let numbers = stride(from: 0, to: inputs.count, by: 2).map { inputs[$0] }
    #expect(numbers.allSatisfy { (0..<1).contains($0) })
  }

  @Test("the constant guess has the error that is stated")
  func constantGuess() {
    var random = RandomSource(seed: 2)
    let count = 100_000
    let targets = AddingProblemData(steps: 2).batch(count: count, using: &random).targets.scalars(of: Float.self)
    let error = targets.map { (Double($0) - 1) * (Double($0) - 1) }.reduce(0, +) / Double(count)
    // The squared deviation of the sum of two uniform numbers has mean 1/6 and variance 1/15 - 1/36: five deviations of
    // the mean of 100,000.
    #expect(abs(error - 1.0 / 6) < 5 * ((1.0 / 15 - 1.0 / 36) / Double(count)).squareRoot())
    #expect(AddingProblemData.constantGuessError == 1.0 / 6)
  }
}
