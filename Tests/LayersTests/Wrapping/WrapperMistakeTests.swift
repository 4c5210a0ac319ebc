import Autodiff
import DenseArrays
import Layers
import Testing

@Suite("Mistakes with wrappers")
struct WrapperMistakeTests {
  @Test("rates that are no probability below 1 stop")
  func rates() async {
    var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = Zoneout(makeLSTM(), rates: [0.1, 1], using: &random)
    }
    expectMessage("Zoneout: a rate of 1.0; expected at least 0 and below 1", in: result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = VariationalDropout(makeLSTM(), inputRate: 0.1, recurrentRate: -0.5, using: &random)
    }
    expectMessage("VariationalDropout: a rate of -0.5; expected at least 0 and below 1", in: result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = DropConnect(makeLSTM(), rate: .nan, using: &random)
    }
    expectMessage("DropConnect: a rate of nan; expected at least 0 and below 1", in: result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = Dropout(rate: 2, using: &random)
    }
    expectMessage("Dropout: a rate of 2.0; expected at least 0 and below 1", in: result)
  }

  @Test("another number of rates than arrays stops")
  func numberOfRates() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = Zoneout(makeLSTM(), rates: [0.1], using: &random)
    }
    expectMessage("Zoneout: 1 rates for the 2 arrays of a state of LSTM", in: result)
  }

  @Test("a cell without what a wrapper acts on stops")
  func nothingToActOn() async {
    var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let elman = Elman(inputSize: 3, hiddenSize: 4, using: &random)
      _ = Recurrent(RecurrentDropout(elman, rate: 0.5, using: &random))(Tape().zeros([2, 1, 3]), isTraining: true)
    }
    expectMessage("RecurrentDropout: the step of Elman names no value \"candidate\"", in: result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = DropConnect(MinGRU(inputSize: 3, hiddenSize: 4, using: &random), rate: 0.5, using: &random)
    }
    expectMessage(
      "DropConnect: none of the weights of MinGRU is chosen; it has [\"update.weights\", \"candidate.weights\"]",
      in: result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = MultiplicativelyIntegrated(MinGRU(inputSize: 3, hiddenSize: 4, using: &random), using: &random)
    }
    expectMessage("MultiplicativelyIntegrated: MinGRU has no Gate whose sum could be changed", in: result)
  }

  @Test("a gate whose parts are used one by one has no sum")
  func parts() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let gru = GRU(inputSize: 3, hiddenSize: 4, using: &random)
      _ = Recurrent(LayerNormalized(gru, placement: .sums, using: &random))(Tape().zeros([2, 1, 3]))
    }
    expectMessage(
      "LayerNormalized: the sum of the gate \"candidate\": its parts are used one by one, so that there is no sum",
      in: result)
  }

  @Test("a row of zeros has no direction")
  func zeroRow() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let cell = makeLSTM()
      cell.forget.recurrentWeights.update { for column in 0..<4 { $0[2, column] = 0 } }
      _ = WeightNormalized(cell)
    }
    expectMessage("WeightNormalized: row 2 of \"forget.recurrentWeights\" is zero and has no direction", in: result)
  }

  @Test("batch norm needs a batch, and numbers to average")
  func batchNorm() async {
    var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let layer = Recurrent(BatchNormalized(makeLSTM(), steps: 2, using: &random))
      _ = layer(Tape().zeros([2, 1, 3]), isTraining: true)
    }
    expectMessage("BatchNormalized: training on a batch of one sequence, which has no variance", in: result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let layer = Recurrent(BatchNormalized(makeLSTM(), steps: 2, using: &random), name: "normed")
      _ = layer.scanned(Tape().zeros([9, 2, 3]), options: ScanOptions(checkpointing: .segments), isTraining: true)
    }
    expectMessage(
      "normed: running averages of a training scan that is checkpointed or inside of another scan or checkpoint; "
        + "there are no numbers to average", in: result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      _ = BatchNormalized(makeLSTM(), steps: 0, using: &random)
    }
    expectMessage("BatchNormalized: averages for 0 steps; expected at least 1", in: result)
  }
}

private func makeLSTM() -> LSTM {
  var random = RandomSource(seed: 1)
  return LSTM(inputSize: 3, hiddenSize: 4, using: &random)
}
