import Autodiff
import DenseArrays
import Layers
import Testing

/// Cells of the library through a scan without a loop over the steps.
@Suite("Cells that are linear in their state, for all steps at once")
struct ParallelCellTests {
  private static let linearCells: [(String, @Sendable (inout RandomSource) -> any RecurrentCell)] = [
    ("minGRU", { MinGRU(inputSize: 3, hiddenSize: 4, using: &$0) }),
    ("minLSTM", { MinLSTM(inputSize: 3, hiddenSize: 4, using: &$0) }),
    ("typed RNN", { TypedRNN(inputSize: 3, hiddenSize: 4, using: &$0) }),
    ("typed LSTM", { TypedGatedCell(inputSize: 3, hiddenSize: 4, isLSTM: true, using: &$0) }),
    ("QRNN", { QRNN(inputSize: 3, hiddenSize: 4, using: &$0) }),
    ("HGRN", { HGRN(inputSize: 3, hiddenSize: 4, using: &$0) }),
    ("selective SSM", { SelectiveSSM(inputSize: 3, hiddenSize: 4, stateSize: 5, using: &$0) }),
    ("linear attention", { LinearAttention(inputSize: 3, hiddenSize: 4, decay: 0.9, using: &$0) }),
    ("gated linear attention", { GatedLinearAttention(inputSize: 3, hiddenSize: 4, using: &$0) }),
    ("RWKV", { RWKV(inputSize: 3, hiddenSize: 4, using: &$0) }),
    // Linear cells on linear cells: the upper state is linear once the lower one is known.
    (
      "stacked minGRU",
      {
        StackedCell(layerCount: 2, inputSize: 3, connection: .dense, using: &$0) {
          MinGRU(inputSize: $0, hiddenSize: 4, using: &$1)
        }
      }
    ),
    ("dilated minGRU", { DilatedCell(MinGRU(inputSize: 3, hiddenSize: 4, using: &$0), dilation: 1) }),
  ]

  private static let otherCells: [(String, @Sendable (inout RandomSource) -> any RecurrentCell)] = [
    ("elman", { Elman(inputSize: 3, hiddenSize: 4, using: &$0) }),
    ("lstm", { LSTM(inputSize: 3, hiddenSize: 4, using: &$0) }),
    ("gru", { GRU(inputSize: 3, hiddenSize: 4, using: &$0) }),
    ("SRU, whose gates see the state", { SRU(inputSize: 3, hiddenSize: 4, using: &$0) }),
    ("LRU, whose state is complex", { LRU(inputSize: 3, hiddenSize: 4, using: &$0) }),
    ("delta net", { DeltaNet(inputSize: 3, hiddenSize: 4, using: &$0) }),
  ]

  private func run(
    _ cell: some RecurrentCell, _ options: ScanOptions
  ) -> (arrays: [DenseArray], report: ScanReport) {
    let tape = Tape(scalarType: .float64)
    let x = tape.variable(normal([33, 2, 3]))
    let result = Recurrent(cell).run(x, from: nil, options: options, isTraining: false)
    let values = [result.outputs.value] + result.finalState.values
    let gradients = tape.gradients(of: result.outputs.weighted)
    return (values + [gradients[x]] + cell.parameters.map { gradients[$0.parameter] }, result.scans[0].report)
  }

  // 33 steps of sums in another order, and gradients that sum them.
  @Test("outputs, states and gradients are the loop's", arguments: linearCells.indices)
  func linear(index: Int) {
    var random = RandomSource(seed: 3)
    let (name, make) = Self.linearCells[index]
    let cell = make(&random)
    cell.scatter(using: &random)
    for options in [ScanOptions(), ScanOptions(isReversed: true, lengths: [20, 33])] {
      var parallelOptions = options
      parallelOptions.isParallel = true
      let (parallel, report) = run(cell, parallelOptions)
      #expect(report.isParallel, "\(name): \(report.loopReason ?? report.reason ?? "")")
      for (position, (a, b)) in zip(parallel, run(cell, options).arrays).enumerated() {
        #expect(a.isClose(to: b, tolerance: 1e-11), "\(name), array \(position): \(a.maximumDifference(from: b))")
      }
    }
  }

  @Test("other cells are run as a loop that says why", arguments: otherCells.indices)
  func others(index: Int) {
    var random = RandomSource(seed: 3)
    let (name, make) = Self.otherCells[index]
    let cell = make(&random)
    cell.scatter(using: &random)
    let (found, report) = run(cell, ScanOptions(isParallel: true))
    #expect(!report.isParallel && report.body != nil)
    #expect(report.loopReason?.contains("is not linear in itself") == true, "\(name): \(report.loopReason ?? "")")
    #expect(zip(found, run(cell, ScanOptions()).arrays).allSatisfy { $0.isBitIdentical(to: $1) })
  }
}
