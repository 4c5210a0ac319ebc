import CellComparison
import Testing

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
}
