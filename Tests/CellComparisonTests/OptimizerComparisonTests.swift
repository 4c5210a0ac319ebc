import Autodiff
import DenseArrays
import Layers
import Testing

@testable import CellComparison

@Suite("Comparisons of optimizers")
struct OptimizerComparisonTests {
  @Test("every optimizer makes its steps and is counted", arguments: OptimizerChoice.allCases)
  func runs(choice: OptimizerChoice) {
    var comparison = OptimizerComparison()
    comparison.hiddenSize = 5
    comparison.batchSize = 4
    comparison.steps = 3
    comparison.seeds = 1...1
    comparison.testSequences = 20
    let results = comparison.run(tasks: [PathologicalTask(.temporalOrder, length: 10)], optimizers: [choice])
    #expect(results.count == 1 && results[0].error == nil && results[0].steps == 3)
    #expect(results[0].loss.isFinite && results[0].gradients >= 3)
    #expect(OptimizerComparison.table(of: results).contains(choice.rawValue))
    // The first step has been followed by an adaptation.
    if choice == .diagonalHessianFree { #expect(results[0].damping != nil && results[0].damping != 0.1) }
  }

  @Test("there is a row for each rate and each momentum that an optimizer has, and a target loss ends a run")
  func combinations() throws {
    var comparison = OptimizerComparison()
    comparison.hiddenSize = 5
    comparison.batchSize = 4
    comparison.steps = 40
    comparison.seeds = 1...2
    comparison.testSequences = 20
    comparison.testInterval = 1
    comparison.learningRates = [0.01, 0.1]
    comparison.momenta = [0, 0.5, 0.9]
    comparison.targetLoss = 1e6
    let task = PathologicalTask(.adding, length: 10)
    let results = comparison.run(tasks: [task], optimizers: [.sgd, .momentum])
    #expect(results.count == 2 * (2 + 2 * 3))
    #expect(OptimizerComparison.table(of: results).split(separator: "\n").count == 2 + 8)
    #expect(results.allSatisfy { $0.isSolved && $0.steps == 1 && $0.testLoss <= 1e6 })
    comparison.targetLoss = 1e-9
    #expect(comparison.run(tasks: [task], optimizers: [.sgd]).allSatisfy { !$0.isSolved && $0.steps == 40 })
  }

  @Test("features in other units are other inputs of the same task")
  func spread() {
    var comparison = OptimizerComparison()
    comparison.hiddenSize = 5
    comparison.batchSize = 4
    comparison.steps = 1
    comparison.seeds = 1...1
    comparison.testSequences = 20
    let task = PathologicalTask(.adding, length: 10)
    let plain = comparison.run(tasks: [task], optimizers: [.sgd])[0]
    comparison.featureSpread = 10
    let spread = comparison.run(tasks: [task], optimizers: [.sgd])[0]
    #expect(plain.loss != spread.loss && spread.loss.isFinite)
  }

  @Test("a run whose numbers are not finite ends, and the table says where and why")
  func endedRuns() throws {
    var comparison = OptimizerComparison()
    comparison.hiddenSize = 5
    comparison.batchSize = 4
    comparison.steps = 20
    comparison.seeds = 7...7
    comparison.testSequences = 20
    comparison.learningRates = [1e30]
    let results = comparison.run(tasks: [PathologicalTask(.adding, length: 10)], optimizers: [.sgd])
    let reason = try #require(results[0].error)
    #expect(results[0].steps < 20 && !results[0].isSolved)
    let last = try #require(OptimizerComparison.table(of: results).split(separator: "\n").last)
    #expect(last == "adding 10, sgd at 1e+30, seed 7: ended after \(results[0].steps) steps: \(reason)")
  }

  // Answers of nets whose states are nearly zero: half the sum of two uniform numbers has mean 1/2 and variance 1/24.
  // The mean of 4,000 squares is off by less than 6 % with a chance beyond 5 deviations.
  @Test("a centered net begins with the mean answer", arguments: [(false, 1.0 / 24 + 1.0 / 4), (true, 1.0 / 24)])
  func centered(isCentered: Bool, expected: Double) {
    var comparison = OptimizerComparison()
    comparison.hiddenSize = 5
    comparison.steps = 0
    comparison.seeds = 1...1
    comparison.inputScale = 1e-6
    comparison.spectralRadius = 0.1
    comparison.testSequences = 4_000
    comparison.isCentered = isCentered
    let result = comparison.run(tasks: [PathologicalTask(.adding, length: 10)], optimizers: [.sgd])[0]
    #expect(abs(result.testLoss / expected - 1) < 0.06)
  }

  @Test("first weights are those asked for", arguments: OptimizerInitialization.allCases)
  func initializations(initialization: OptimizerInitialization) {
    var comparison = OptimizerComparison()
    comparison.hiddenSize = 20
    comparison.initialization = initialization
    var random = RandomSource(seed: 3)
    let cell = initialization.makeCell(comparison, inputSize: 2, using: &random)
    let (w, u) = (cell.hidden.inputWeights.value.elements, cell.hidden.recurrentWeights.value)
    let isIdentity = (0..<400).allSatisfy { u.elements[$0] == ($0 % 21 == 0 ? 1 : 0) }
    #expect(isIdentity == (initialization == .irnn))
    #expect(w.allSatisfy { abs($0) < 0.006 } == (initialization == .irnn))
    #expect((cell.activation == .relu) == (initialization == .irnn || initialization == .rectifiedGlorot))
    // Rows of orthogonal weights have norm 1; Glorot's of 20 units are within the root of 6 / 40.
    let norms = (0..<20).map { row in
      (0..<20).reduce(0.0) { $0 + u.elements[20 * row + $1] * u.elements[20 * row + $1] }
    }
    #expect(norms.allSatisfy { abs($0 - 1) < 1e-5 } == (initialization == .orthogonal || initialization == .irnn))
    if initialization == .rectifiedGlorot { #expect(u.elements.allSatisfy { abs($0) <= (6.0 / 40).squareRoot() }) }
    if initialization == .sparse { #expect(u.elements.count { $0 == 0 } == 100) }
  }

  @Test("features lose their means, then are scaled")
  func features() {
    let inputs = DenseArray([1, 10, 3, 20, 5, 60, 7, 70] as [Float], shape: [2, 2, 2])
    #expect(FeatureTransform.means(of: inputs) == [4, 40])
    let answers = SequenceBatch.Answers.numbers(DenseArray([0, 0] as [Float], shape: [1, 2, 1]))
    let transform = FeatureTransform(means: [4, 40], scales: [1, 0.5])
    let transformed = transform(SequenceBatch(inputs: inputs, answers: answers))
    #expect(transformed.inputs.elements == [-3, -15, -1, -10, 1, 10, 3, 15])
  }
}
