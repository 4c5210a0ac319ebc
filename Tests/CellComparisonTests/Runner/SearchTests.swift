import Synchronization
import Testing

@testable import CellComparison

@Suite("The search for learning rates")
struct SearchTests {
  @Test("rounds of equal cost, in which half of the candidates go on to trials twice as long")
  func schedule() {
    let rounds = SuccessiveHalving(candidates: 8, budget: 240).rounds
    #expect(rounds.map(\.candidates) == [8, 4, 2])
    #expect(rounds.map(\.steps) == [10, 20, 40])
    // 100 / 24, 100 / 12, 100 / 6: never more than the budget.
    let uneven = SuccessiveHalving(candidates: 8, budget: 100).rounds
    #expect(uneven.map(\.steps) == [4, 8, 16])
    #expect(SuccessiveHalving(candidates: 8, budget: 3).rounds.map(\.steps) == [1, 1, 1])
    #expect(SuccessiveHalving(candidates: 1, budget: 100).rounds.isEmpty)
  }

  @Test("the better half survives; what diverged is worst, and of equals the first stays")
  func survivors() {
    #expect(SuccessiveHalving.survivors([1, 4, 3, 2]) == [1, 2])
    #expect(SuccessiveHalving.survivors([nil, -5, nil, -9]) == [1, 3])
    #expect(SuccessiveHalving.survivors([2, 2, 2, 2]) == [0, 1])
    #expect(SuccessiveHalving.survivors([nil, nil]) == [0])
  }

  @Test("each cell gets the same trials and then runs with the rate that was best for it")
  func search() {
    // The error falls towards a rate that depends on the cell, and with the steps of a trial.
    let task = KnownTask(heldOut: { configuration, steps in
      let best = configuration.cell.name == "elman" ? 0.4 : 0.0125
      let rate = configuration.learningRate ?? 0
      return max(rate / best, best / rate) + 1 / Double(steps)
    })
    var comparison = Comparison(
      cells: [CellCatalog.elman, CellCatalog.gru], tasks: [task], seeds: 2, trainingSteps: 48, threads: 2)
    comparison.search = LearningRateSearch()
    let seen = Mutex(0)
    let results = comparison.run(progress: nil) { _ in seen.withLock { $0 += 1 } }
    #expect(results.runs.map(\.setting.learningRate) == [0.4, 0.4, 0.0125, 0.0125])
    #expect(seen.withLock { $0 } == 4 + 28)
    for cell in ["elman", "gru"] {
      let trials = results.trials.filter { $0.cell == cell }
      #expect(trials.map(\.steps) == Array(repeating: 2, count: 8) + Array(repeating: 4, count: 4) + [8, 8])
      #expect(trials.prefix(8).map(\.setting.learningRate) == [0.00625, 0.0125, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8])
      #expect(trials.allSatisfy { $0.setting.isTrial && $0.seed == LearningRateSearch.seed })
      // 8 x 2, 4 x 4 and 2 x 8 steps.
      #expect(trials.map(\.steps).reduce(0, +) == 48)
    }
    #expect(results.text.contains("14 trials of up to 8 steps for each cell and task"))
    #expect(results.runs.allSatisfy { !$0.setting.isTrial && $0.steps == 48 })
  }

  @Test("a search that is cancelled keeps its trials, and a search that is resumed makes the others only")
  func resumedSearch() {
    let cancellation = Cancellation()
    let task = KnownTask(heldOut: { configuration, _ in configuration.learningRate ?? 0 })
    var comparison = Comparison(cells: [CellCatalog.elman], tasks: [task], seeds: 1, trainingSteps: 24, threads: 1)
    comparison.search = LearningRateSearch()
    let kept = Mutex<[RunResult]>([])
    let first = comparison.run(progress: nil, cancellation: cancellation) { result in
      let count = kept.withLock {
        $0.append(result)
        return $0.count
      }
      if count == 9 { cancellation.cancel() }
    }
    #expect(first.runs.isEmpty && first.trials.count == 9)
    let again = Mutex(0)
    let second = comparison.run(known: kept.withLock { $0 }, progress: nil) { _ in again.withLock { $0 += 1 } }
    #expect(again.withLock { $0 } == 14 + 1 - 9)
    #expect(second.trials.count == 14 && second.runs[0].setting.learningRate == 0.00625)
  }
}

@Suite("Equal numbers of parameters")
struct ParameterMatchTests {
  @Test(
    "the size whose count is the closest",
    arguments: [(1, 1), (6, 1), (9, 1), (10, 2), (12, 2), (15, 2), (17, 3), (10_000, 98)])
  func closest(parameters: Int, expected: Int) {
    // n (n + 3) + 2: 6, 12, 20, ...; 9,900 for 98 and 10,100 for 99, as close, so that the smaller one is taken.
    #expect(ParameterMatch.hiddenSize(parameters: parameters) { $0 * ($0 + 3) + 2 } == expected)
  }

  @Test("all sizes are tried no further than the largest")
  func largest() {
    #expect(ParameterMatch.hiddenSize(parameters: .max) { $0 } == ParameterMatch.largest)
  }

  @Test("every cell comes as close as its sizes allow", arguments: CellCatalog.tested(from: 2))
  func everyCell(cell: CellDescription) {
    let task = SequenceTask.adding(length: 2)
    func count(_ size: Int) -> Int {
      task.makeSession(SessionConfiguration(cell: cell, hiddenSize: size, seed: 3, trainingSteps: 1, threads: 1))
        .parameterCount
    }
    let size = ParameterMatch.hiddenSize(parameters: 700, cell: cell, task: task)
    let distance = abs(count(size) - 700)
    for other in max(1, size - 3)...size + 3 { #expect(distance <= abs(count(other) - 700), "\(size) and \(other)") }
  }

  @Test("numbers of parameters that no size comes near to are said")
  func outOfReach() throws {
    var comparison = Comparison(cells: [CellCatalog.elman, CellCatalog.gru], tasks: [KnownTask()], seeds: 1)
    for parameters in [nil, 6, 7, 10_000] {
      comparison.parameters = parameters
      try comparison.checkParameters()
    }
    comparison.parameters = 5
    let few = #expect(throws: ParameterError.self) { try comparison.checkParameters() }
    #expect(few?.description == "elman on known with a hidden size of 1: expected at least 6 parameters, found 5")
    comparison.parameters = 4096 * 4099 + 3
    let many = #expect(throws: ParameterError.self) { try comparison.checkParameters() }
    #expect(
      many?.description
        == "elman on known with a hidden size of 4096: expected at most 16789506 parameters, found 16789507")
  }

  @Test("the comparison's models have the sizes that were found, and say so")
  func comparison() {
    var comparison = Comparison(cells: [CellCatalog.elman], tasks: [KnownTask()], seeds: 1, threads: 1)
    comparison.parameters = 40
    let run = comparison.run(progress: nil).runs[0]
    // 30 for 4, 42 for 5, 56 for 6.
    #expect(run.hiddenSize == 5 && run.parameterCount == 42)
  }
}
