import Autodiff
import DenseArrays
import Foundation
import Layers
import Testing

@testable import CellComparison

/// h = U h' + W x with a given U.
private struct LinearCell: SimpleRecurrentCell {
  let recurrentWeights: Parameter
  let inputWeights: Parameter

  init(_ recurrentWeights: DenseArray) {
    self.recurrentWeights = Parameter(recurrentWeights)
    inputWeights = Parameter(DenseArray(repeating: 1, shape: [recurrentWeights.shape[0], 1], .float64))
  }

  var stateSize: Int { recurrentWeights.shape[0] }

  func step(_ x: Variable, _ h: Variable) -> Variable {
    matmul(h, h.tape.parameter(recurrentWeights), transposeSecond: true)
      + matmul(x, x.tape.parameter(inputWeights), transposeSecond: true)
  }
}

@Suite("Gradients through time")
struct GradientFlowTests {
  /// A linear cell over some steps, with the sum of the last output as each sequence's loss.
  private func flow(
    _ weights: DenseArray, steps: Int, batch: Int = 3, mostNumbers: Int = GradientFlow.mostNumbers
  ) -> GradientFlow {
    var random = RandomSource(seed: 2)
    let specimen = Specimen(
      cell: CellModel(cell: LinearCell(weights), name: "linear"),
      inputs: DenseArray.normal([steps, batch, 1], .float64, using: &random)
    ) { outputs in outputs[outputs.shape[0] - 1].sum() / Double(outputs.shape[1]) }
    return GradientFlow(of: specimen, threads: 1, mostNumbers: mostNumbers)
  }

  private func isClose(_ found: Double, _ expected: Double) -> Bool { abs(found - expected) <= 1e-12 * abs(expected) }

  @Test(
    "h = a h' + x: norms are a^(T - t), also where they are far too small for float32", arguments: [0.9, 1.1, 1e-5])
  func scalar(a: Double) {
    let steps = 50
    let flow = flow(DenseArray([[a]]), steps: steps)
    #expect(flow.steps == steps && flow.stateSize == 1 && flow.method == .exact)
    #expect(flow.lossGradients.count == steps + 1 && flow.largestGains.count == steps + 1)
    for step in 0...steps {
      let expected = pow(a, Double(steps - step))
      for norm in [flow.lossGradients[step], flow.largestGains[step], flow.meanGains[step]] {
        #expect(isClose(norm.mean, expected) && isClose(norm.maximum, expected), "step \(step): \(norm)")
      }
    }
    #expect(isClose(flow.changePerStep ?? 0, a))
  }

  @Test("a rotation keeps norms at 1")
  func rotation() {
    let (c, s) = (cos(0.3), sin(0.3))
    let flow = flow(DenseArray([[c, -s, 0], [s, c, 0], [0, 0, -1]]), steps: 40)
    for step in 0...40 {
      #expect(isClose(flow.largestGains[step].mean, 1) && isClose(flow.meanGains[step].mean, 1))
      // The derivative of the sum of three units.
      #expect(isClose(flow.lossGradients[step].mean, 3.0.squareRoot()))
    }
  }

  @Test("a shear: its power k lengthens by (k + sqrt(k^2 + 4)) / 2 at most")
  func shear() {
    let flow = flow(DenseArray([[1, 1], [0, 1]]), steps: 20)
    for step in 0...20 {
      let k = Double(20 - step)
      #expect(isClose(flow.largestGains[step].mean, (k + (k * k + 4).squareRoot()) / 2))
      #expect(isClose(flow.meanGains[step].mean, ((2 + k * k) / 2).squareRoot()))
      // The row of ones times [[1, k], [0, 1]].
      #expect(isClose(flow.lossGradients[step].mean, (1 + (k + 1) * (k + 1)).squareRoot()))
    }
  }

  @Test("a state that is forgotten at once has a gradient at the last step alone")
  func forgetting() {
    let flow = flow(DenseArray([[0]]), steps: 3)
    #expect(flow.lossGradients.map(\.mean) == [0, 0, 0, 1])
    #expect(flow.largestGains.map(\.mean) == [0, 0, 0, 1])
    #expect(flow.changePerStep == nil)
  }

  @Test("what explodes beyond all numbers is not finite, and nothing stops")
  func exploding() {
    let flow = flow(DenseArray([[1e100]]), steps: 5, batch: 1)
    #expect(flow.lossGradients[5].mean == 1 && isClose(flow.lossGradients[2].mean, 1e300))
    #expect(!flow.lossGradients[0].mean.isFinite && !flow.largestGains[1].mean.isFinite)
    #expect(flow.changePerStep == nil)
  }

  @Test("a state too large for whole Jacobians has estimated gains, and says so")
  func estimated() {
    // 200 units over 20 steps: 21 x 200^2 numbers. Half of the identity.
    let size = 200
    var weights = [Double](repeating: 0, count: size * size)
    for index in 0..<size { weights[index * size + index] = 0.5 }
    let flow = flow(
      DenseArray(weights, shape: [size, size]), steps: 20, batch: 1, mostNumbers: 21 * size * size - 1)
    #expect(flow.method == .estimated(vectors: 64) && flow.largestGains.isEmpty)
    #expect(flow.methodText.contains("estimated from 64 random vectors, with a standard error of at most 9 %"))
    for step in stride(from: 0, through: 20, by: 4) {
      // 64 x 200 squares of normal numbers: their mean is 1 within four of its standard errors of sqrt(2 / 12800).
      let gain = flow.meanGains[step].mean / pow(0.5, Double(20 - step))
      #expect(abs(gain * gain - 1) < 0.05, "\(gain)")
    }
  }

  @Test(
    "at the last step the Jacobian is the identity, and all norms are finite", arguments: CellCatalog.tested(from: 2))
  func identity(description: CellDescription) {
    var random = RandomSource(seed: 4)
    let model = description.makeModel(3, 4, &random)
    let specimen = Specimen(cell: model, inputs: DenseArray.normal([4, 2, 3], using: &random)) { outputs in
      (outputs[outputs.shape[0] - 1] * outputs[outputs.shape[0] - 1]).mean()
    }
    let flow = GradientFlow(of: specimen, threads: 1)
    #expect(abs(flow.largestGains[4].mean - 1) < 1e-14 && abs(flow.meanGains[4].mean - 1) < 1e-14)
    for norm in flow.lossGradients + flow.largestGains + flow.meanGains {
      #expect(norm.minimum.isFinite && norm.maximum.isFinite && norm.minimum >= 0)
    }
    // The last output may be made of the state before it alone.
    #expect(flow.lossGradients[3].mean > 0)
  }

  // Central differences with steps of 1e-5 in float64: errors of some 1e-10 and 1e-11.
  @Test(
    "derivatives by the start are those of differences",
    arguments: ["elman", "lstm", "gru", "gated-deltanet", "lstm-projected", "lem", "nested-lstm"])
  func differences(name: String) throws {
    let description = try #require(CellCatalog.all.first { $0.name == name })
    var random = RandomSource(seed: 8)
    let cell = description.makeCell(3, 4, &random)
    let inputs = DenseArray.normal([5, 1, 3], .float64, using: &random)
    let tape = Tape(scalarType: .float64)
    let run = Self.observe(cell, tape.constant(inputs))
    let start = run.start.map(\.value)
    let directions = start.map { DenseArray.normal($0.shape, .float64, using: &random) }
    let weights = start.map { DenseArray.normal($0.shape, .float64, using: &random) }
    let gradients = StateGradients(of: run.states.map { $0.values[4] }, seeds: weights, in: run)
    let found = zip(gradients.vector(step: 0, row: 0), directions.flatMap(\.elements)).reduce(0) { $0 + $1.0 * $1.1 }

    func value(_ shift: Double) -> Double {
      let tape = Tape(scalarType: .float64)
      let moved = zip(start, directions).map { start, direction in
        DenseArray(
          zip(start.elements, direction.elements).map { $0 + shift * $1 }, shape: start.shape)
      }
      return zip(Self.lastState(cell, tape.constant(inputs), from: moved), weights).reduce(0) { sum, pair in
        sum + zip(pair.0.elements, pair.1.elements).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    let expected = (value(1e-5) - value(-1e-5)) / 2e-5
    #expect(abs(found - expected) <= 1e-8 * (1 + abs(expected)), "\(found) and \(expected)")
  }

  private static func observe(_ cell: some RecurrentCell, _ inputs: Variable) -> ObservedRun {
    CellModel(cell: cell, name: "cell").observe(inputs)
  }

  /// The numbers of the state after the last step of a run that starts from given ones.
  private static func lastState(
    _ cell: some RecurrentCell, _ inputs: Variable, from start: [DenseArray]
  ) -> [DenseArray] {
    let layer = Recurrent(cell)
    return layer(inputs, from: layer.state(from: start, on: inputs.tape)).finalState.values
  }
}
