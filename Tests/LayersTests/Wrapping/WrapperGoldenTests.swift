import Autodiff
import DenseArrays
import Foundation
import Layers
import Testing

/// Wrapped cells against NumPy; `Fixtures/wrappers.py` has the equations.
@Suite("Golden values of wrapped cells")
struct WrapperGoldenTests {
  private static let inputs: DenseArray = {
    let numbers = (0..<45).map { 0.5 * Foundation.cos(0.9 * Double($0) + 0.3) }
    return DenseArray(numbers, shape: [5, 3, 3])
  }()

  /// Fills the parameters as the fixture's program does, in float64.
  private func fill(_ cell: some RecurrentCell, _ golden: Fixture) throws {
    cell.convert(to: .float64)
    let names = try golden["names"].strings
    #expect(Set(names) == Set(cell.parameters.map(\.name)))
    var k = 0
    for (name, shape) in zip(names, try golden["shapes"].shapes) {
      let offset: Double = name.hasPrefix("gains.") ? 1 : 0
      let numbers = (k..<k + shape.count).map { 0.4 * Foundation.sin(1.7 * Double($0 + 1)) + offset }
      try #require(cell.parameters[name]).value = DenseArray(numbers, shape: shape)
      k += shape.count
    }
  }

  private func outputs(
    _ cell: some RecurrentCell, _ inputs: DenseArray = inputs, scale: Double = 1, isTraining: Bool = false
  ) -> DenseArray {
    Recurrent(cell)(Tape(scalarType: .float64).constant(inputs) * scale, isTraining: isTraining).outputs.value
  }

  // Some tens of operations on numbers of size 1; norms of nearly equal numbers lose digits.
  private func check(_ key: String, _ cell: some RecurrentCell) throws {
    let golden = try Fixture("wrappers")[key]
    try fill(cell, golden)
    expectClose(outputs(cell), try golden["outputs"].array, tolerance: 1e-12, key)
    expectClose(outputs(cell, isTraining: true), try golden["outputs"].array, tolerance: 1e-12, "\(key) in training")
  }

  @Test("layer norm", arguments: LayerNormPlacement.allCases)
  func layerNorm(placement: LayerNormPlacement) throws {
    var random = RandomSource(seed: 1)
    let cell = LSTM(inputSize: 3, hiddenSize: 4, using: &random)
    try check(
      "layer norm of \(placement), lstm", LayerNormalized(cell, placement: placement, using: &random))
  }

  @Test("multiplicative integration")
  func multiplicativeIntegration() throws {
    var random = RandomSource(seed: 1)
    let cell = LSTM(inputSize: 3, hiddenSize: 4, using: &random)
    try check("multiplicative integration, lstm", MultiplicativelyIntegrated(cell, using: &random))
  }

  @Test("weight norm, also of weights that are computed from parameters")
  func weightNorm() throws {
    var random = RandomSource(seed: 1)
    try check("weight norm, lstm", WeightNormalized(LSTM(inputSize: 3, hiddenSize: 4, using: &random)))
    try check(
      "weight norm, antisymmetric", WeightNormalized(AntisymmetricRNN(inputSize: 3, hiddenSize: 4, using: &random)))
  }

  @Test("weight norm changes nothing at first")
  func weightNormAtFirst() {
    var random = RandomSource(seed: 1)
    let cell = LSTM(inputSize: 3, hiddenSize: 4, using: &random)
    cell.convert(to: .float64)
    // The lengths are rounded once.
    expectClose(outputs(WeightNormalized(cell)), outputs(cell), tolerance: 1e-15, "outputs")
  }

  @Test("batch norm: statistics of the batch in training, averages of each step in evaluation; both are saved")
  func batchNorm() throws {
    let golden = try Fixture("wrappers")["batch norm, lstm"]
    var random = RandomSource(seed: 1)
    func make() -> BatchNormalized<LSTM> {
      BatchNormalized(LSTM(inputSize: 3, hiddenSize: 4, using: &random), steps: 4, momentum: 0.3, using: &random)
    }
    let cell = make()
    try fill(cell, golden)
    let data = Self.inputs
    // Averages are kept in float64 here; norms by small variances lose digits.
    expectClose(outputs(cell, scale: 0.7), try golden["untrained"].array, tolerance: 1e-11, "untrained")
    expectClose(
      outputs(cell, data.slice(0..<2), isTraining: true), try golden["outputs"].array, tolerance: 1e-11, "first pass")
    expectClose(outputs(cell, scale: 0.7), try golden["short"].array, tolerance: 1e-11, "after two steps")
    expectClose(
      outputs(cell, scale: 2, isTraining: true), try golden["second"].array, tolerance: 1e-11, "second pass")
    expectClose(outputs(cell, scale: 0.7), try golden["evaluated"].array, tolerance: 1e-11, "evaluated")

    let restored = make()
    restored.convert(to: .float64)
    try restored.load(cell.state)
    #expect(outputs(restored, scale: 0.7).isBitIdentical(to: outputs(cell, scale: 0.7)))

    let means = try golden["means"].array
    let variances = try golden["variances"].array
    for (k, gate) in ["input", "forget", "candidate", "output"].enumerated() {
      for (which, weights) in ["inputWeights", "recurrentWeights"].enumerated() {
        let saved = Dictionary(uniqueKeysWithValues: cell.state.map { ($0.name, $0.array) })
        let mean = try #require(saved["norms.\(gate).\(weights).mean"])
        let variance = try #require(saved["norms.\(gate).\(weights).variance"])
        expectClose(mean, means.row(k).row(which), tolerance: 1e-12, "mean of \(gate).\(weights)")
        expectClose(variance, variances.row(k).row(which), tolerance: 1e-12, "variance of \(gate).\(weights)")
      }
    }
    #expect(cell.parameters.allSatisfy { !$0.name.hasSuffix(".mean") && !$0.name.hasSuffix(".variance") })
  }

  @Test("batch norm of a reversed sequence keeps averages by the order of running")
  func reversedBatchNorm() throws {
    let golden = try Fixture("wrappers")["batch norm, lstm"]
    var random = RandomSource(seed: 1)
    let cell = BatchNormalized(
      LSTM(inputSize: 3, hiddenSize: 4, using: &random), steps: 4, momentum: 0.3, using: &random)
    try fill(cell, golden)
    let layer = Recurrent(cell)
    func run(_ data: DenseArray, scale: Double = 1, isTraining: Bool) -> [DenseArray] {
      let tape = Tape(scalarType: .float64)
      let time = data.shape[0]
      let x = tape.constant(data) * scale
      let outputs = layer(
        stack((0..<time).map { x[time - 1 - $0] }), direction: .backward, isTraining: isTraining
      ).outputs.value
      return (0..<time).map { outputs.row(time - 1 - $0) }
    }
    _ = run(Self.inputs.slice(0..<2), isTraining: true)
    _ = run(Self.inputs, scale: 2, isTraining: true)
    let expected = try golden["evaluated"].array
    for (step, output) in run(Self.inputs, scale: 0.7, isTraining: false).enumerated() {
      expectClose(output, expected.row(step), tolerance: 1e-11, "step \(step)")
    }
  }
}
