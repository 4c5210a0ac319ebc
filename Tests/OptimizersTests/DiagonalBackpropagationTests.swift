import Autodiff
import DenseArrays
import Layers
import Optimizers
import Testing

@Suite("Becker and LeCun's diagonal through more than one hidden layer")
struct DiagonalBackpropagationTests {
  /// Tanh layers of one unit, whose signals have a single path: the recursion leaves nothing out.
  private struct Chain: Module {
    let layers: [Linear]

    /// Three layers; with `isTied` the last two are one.
    init(isTied: Bool) {
      func layer(_ weight: Double, _ bias: Double) -> Linear {
        Linear(
          weights: Parameter(DenseArray([weight], shape: [1, 1]), name: "weights"),
          bias: Parameter(DenseArray([bias], shape: [1]), name: "bias"))
      }
      let second = layer(-1.5, 0.25)
      layers = [layer(0.75, -0.5), second, isTied ? second : layer(-1.5, 0.25)]
    }

    func record(_ tape: Tape, endsBeforeTanh: Bool = true) -> RecordedLoss {
      var x = tape.constant(DenseArray([0.5, -1, 2] as [Double], shape: [3, 1]))
      var maps: [RecordedAffineMap] = []
      for (index, layer) in layers.enumerated() {
        let a = layer(x)
        maps.append(RecordedAffineMap(inputs: x, outputs: a, weights: layer.weights, bias: layer.bias))
        x = index < 2 || !endsBeforeTanh ? tanh(a) : a
      }
      let targets = DenseArray([1, 0, -1] as [Double], shape: [3, 1])
      return RecordedLoss(x, .squaredError(targets: targets), of: parameters, affineMaps: maps)
    }

    /// The diagonal by the recursion, by parameter.
    func diagonal() -> [Double] {
      var random = RandomSource(seed: 1)
      let recorded = record(Tape(scalarType: .float64))
      return DiagonalBackpropagation().sample(recorded, using: &random).flatMap(\.elements)
    }
  }

  @Test("it is the Gauss-Newton matrix's where each signal has a single path")
  func chain() {
    let chain = Chain(isTied: false)
    let recorded = chain.record(Tape(scalarType: .float64))
    let matrix = recorded.gaussNewton()
    let expected = (0..<6).map { index in
      matrix.product(recorded.arrays((0..<6).map { $0 == index ? 1 : 0 })).flatMap(\.elements)[index]
    }
    #expect(areClose(chain.diagonal(), expected, 1e-14))
  }

  @Test("what two maps that are one add is summed, for weights and biases")
  func tied() {
    let (apart, tied) = (Chain(isTied: false).diagonal(), Chain(isTied: true).diagonal())
    #expect(tied.count == 4)
    #expect(areClose(tied, [apart[0], apart[1], apart[2] + apart[4], apart[3] + apart[5]], 1e-14))
  }

  @Test("outputs that are not those of the last map stop, also where they have its shape")
  func mistake() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var random = RandomSource(seed: 1)
      let recorded = Chain(isTied: false).record(Tape(scalarType: .float64), endsBeforeTanh: false)
      _ = DiagonalBackpropagation().sample(recorded, using: &random)
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      output.contains("DiagonalBackpropagation: the recorded loss lists no affine maps up to its outputs [batch, n]\n"))
  }
}
