import CellComparison
import DenseArrays
import Testing

@Suite("Pathological tasks")
struct PathologicalTaskTests {
  /// The features that are 1, or nil where there is not exactly one.
  private func symbols(_ batch: PathologicalTask.Batch, _ row: Int) -> [Int?] {
    let shape = batch.inputs.shape
    return (0..<shape[0]).map { step in
      let set = (0..<shape[2]).filter { batch.inputs[step, row, $0] == 1 }
      return set.count == 1 ? set[0] : nil
    }
  }

  @Test("the answers follow from the sequences", arguments: PathologicalTask.Kind.allCases)
  func answers(kind: PathologicalTask.Kind) {
    let task = PathologicalTask(kind, length: 30)
    var random = RandomSource(seed: 1)
    let batch = task.batch(count: 50, using: &random)
    #expect(batch.inputs.shape == [task.steps, 50, task.inputSize])
    var seen: Set<[Double]> = []
    for row in 0..<50 {
      let found = (0..<task.answerSteps).map { batch.targets.elements[$0 * 50 + row] }
      seen.insert(found)
      switch kind {
      case .adding, .multiplication, .exclusiveOr:
        let marked = (0..<30).filter { batch.inputs[$0, row, 1] == 1 }
        #expect(marked.count == 2 && marked[0] < 3 && marked[1] >= 3 && marked[1] < 15)
        let (a, b) = (batch.inputs[marked[0], row, 0], batch.inputs[marked[1], row, 0])
        let expected = kind == .adding ? (a + b) / 2 : kind == .multiplication ? a * b : (a == b ? 0 : 1)
        #expect(abs(found[0] - expected) < 1e-6)
      case .temporalOrder, .temporalOrder3:
        let relevant = symbols(batch, row).compactMap { $0 }.filter { $0 < 2 }
        #expect(relevant.count == (kind == .temporalOrder ? 2 : 3))
        #expect(found == [Double(relevant.reduce(0) { 2 * $0 + $1 })])
      case .randomPermutation:
        let all = symbols(batch, row)
        #expect(found == [Double(all[0] ?? -1)])
        #expect(all.dropFirst().allSatisfy { $0 ?? 0 >= 2 })
      case .memorisation5, .memorisation20, .copy:
        let all = symbols(batch, row).map { $0 ?? -1 }
        let count = task.answerSteps
        #expect(found == all.prefix(count).map(Double.init))
        // The cue comes once, right before the answers; else there is nothing to see.
        #expect(all[count...].enumerated().allSatisfy { $1 == task.outputSize + ($0 == 30 - 1 ? 1 : 0) })
        #expect(task.steps == 30 + 2 * count)
      }
    }
    #expect(seen.count > 1)
  }

  @Test("a sequence is wrong when any answer is")
  func errors() {
    let task = PathologicalTask(.memorisation5, length: 10)
    var random = RandomSource(seed: 2)
    let batch = task.batch(count: 4, using: &random)
    var outputs = DenseArray(zeros: [5, 4, 2])
    for step in 0..<5 { for row in 0..<4 { outputs[step, row, Int(batch.targets[step, row])] = 1 } }
    #expect(task.errorRate(of: outputs, on: batch) == 0)
    outputs[3, 1, 1 - Int(batch.targets[3, 1])] = 2
    outputs[4, 1, 1 - Int(batch.targets[4, 1])] = 2
    #expect(task.errorRate(of: outputs, on: batch) == 0.25)

    let adding = PathologicalTask(.adding, length: 10)
    let sums = adding.batch(count: 2, using: &random)
    let off = DenseArray(
      [Float(sums.targets.elements[0]) + 0.039, Float(sums.targets.elements[1]) - 0.041], shape: [1, 2, 1])
    #expect(adding.errorRate(of: off, on: sums) == 0.5)
    #expect(adding.errorRate(of: DenseArray(repeating: .nan, shape: [1, 2, 1]), on: sums) == 1)
  }

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
