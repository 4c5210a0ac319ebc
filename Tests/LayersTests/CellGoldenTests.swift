import Autodiff
import DenseArrays
import Foundation
import Layers
import Testing

/// A cell with golden values: its key in `Fixtures/cells.json`, and what the parameters there are called here.
struct GoldenCase: CustomTestStringConvertible, Sendable {
  let key: String
  let names: [String: String]
  let makeCell: @Sendable (_ d: Int, _ n: Int, inout RandomSource) -> any RecurrentCell

  var testDescription: String { key }

  /// `gates` maps letters to gates: `["i": "input"]` is Wi, Ui and bi.
  init(
    _ key: String, gates: [String: String] = [:], _ names: [String: String] = [:],
    _ makeCell: @escaping @Sendable (_ d: Int, _ n: Int, inout RandomSource) -> any RecurrentCell
  ) {
    self.key = key
    var all = names
    for (letter, gate) in gates {
      all["W\(letter)"] = "\(gate).inputWeights"
      all["U\(letter)"] = "\(gate).recurrentWeights"
      all["b\(letter)"] = "\(gate).bias"
    }
    self.names = all.merging(names) { $1 }
    self.makeCell = makeCell
  }

  private static let lstm = ["i": "input", "f": "forget", "g": "candidate", "o": "output"]
  private static let peepholes = [
    "pi": "input.peephole.weights", "pf": "forget.peephole.weights", "po": "output.peephole.weights",
  ]

  private static func peephole(_ key: String, _ variant: PeepholeLSTM.Variant) -> GoldenCase {
    GoldenCase(key, gates: lstm, peepholes) {
      PeepholeLSTM(inputSize: $0, hiddenSize: $1, variant: variant, using: &$2)
    }
  }

  static let all: [GoldenCase] = [
    GoldenCase("elman_tanh", gates: ["": "hidden"]) { Elman(inputSize: $0, hiddenSize: $1, using: &$2) },
    GoldenCase("elman_relu", gates: ["": "hidden"]) {
      Elman(inputSize: $0, hiddenSize: $1, activation: .relu, using: &$2)
    },
    GoldenCase("indrnn", ["W": "input.weights", "u": "recurrent.weights", "b": "input.bias"]) {
      IndRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    GoldenCase("antisymmetric", ["W": "input.weights", "U": "recurrentWeights", "b": "input.bias"]) {
      AntisymmetricRNN(inputSize: $0, hiddenSize: $1, timeStep: 0.5, damping: 0.1, using: &$2)
    },
    GoldenCase("cornn", gates: ["": "force"], ["R": "friction.weights"]) {
      CoRNN(inputSize: $0, hiddenSize: $1, timeStep: 0.5, stiffness: 1, damping: 0.5, using: &$2)
    },
    GoldenCase(
      "lem", gates: ["1": "outputTimeStep", "2": "memoryTimeStep", "z": "memory", "y": "output"],
      ["R": "output.recurrentWeights"]
    ) { LEM(inputSize: $0, hiddenSize: $1, using: &$2) },
    GoldenCase("fastrnn", gates: ["": "hidden"]) { FastRNN(inputSize: $0, hiddenSize: $1, using: &$2) },
    GoldenCase(
      "scrn",
      [
        "B": "context.weights", "P": "fromContext.weights", "A": "hidden.inputWeights", "R": "hidden.recurrentWeights",
      ]
    ) { SCRN(inputSize: $0, hiddenSize: $1, using: &$2) },
    GoldenCase("esn_leaky", gates: ["": "hidden"], ["Win": "hidden.inputWeights", "W": "hidden.recurrentWeights"]) {
      LeakyElman(inputSize: $0, hiddenSize: $1, leak: 0.3, using: &$2)
    },
    GoldenCase("lstm", gates: lstm) { LSTM(inputSize: $0, hiddenSize: $1, using: &$2) },
    peephole("lstm_peephole_V", .vanilla),
    peephole("lstm_NFG", .noForgetGate),
    peephole("lstm_NOG", .noOutputGate),
    peephole("lstm_NIAF", .noInputActivation),
    peephole("lstm_CIFG", .coupledGates),
    GoldenCase("lstm_proj", gates: lstm, ["Wp": "projection.weights"]) {
      ProjectedLSTM(inputSize: $0, hiddenSize: $1, outputSize: 2, using: &$2)
    },
    GoldenCase("janet", gates: ["f": "forget", "c": "candidate"]) {
      JANET(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    GoldenCase(
      "mirnn",
      [
        "W": "hidden.weights.inputWeights", "U": "hidden.weights.recurrentWeights", "alpha": "hidden.product",
        "beta1": "hidden.recurrentScale", "beta2": "hidden.inputScale", "b": "hidden.bias",
      ]
    ) { MIRNN(inputSize: $0, hiddenSize: $1, using: &$2) },
    GoldenCase(
      "mlstm_x",
      [
        "Wq": "query.weights", "Wk": "key.weights", "Wv": "value.weights", "wi": "input.weights",
        "wf": "forget.weights", "bi": "input.bias", "bf": "forget.bias",
      ]
    ) { MatrixLSTM(inputSize: $0, hiddenSize: $1, hasOutputGate: false, using: &$2) },
    GoldenCase("gru_before", gates: ["r": "reset", "z": "update", "c": "candidate"]) {
      GRUResetBefore(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    GoldenCase("mgu", gates: ["f": "forget", "c": "candidate"]) { MGU(inputSize: $0, hiddenSize: $1, using: &$2) },
    GoldenCase(
      "intersection_plusrnn",
      gates: ["gh": "stateGate", "h": "candidate", "gy": "outputGate", "y": "outputCandidate"]
    ) { IntersectionRNN(inputSize: $0, hiddenSize: $1, using: &$2) },
    GoldenCase(
      "mut1", gates: ["r": "reset"],
      [
        "Wz": "update.weights", "bz": "update.bias", "Wx": "projection.weights", "Uc": "candidate.weights",
        "bc": "candidate.bias",
      ]
    ) { MUT1(inputSize: $0, hiddenSize: $1, using: &$2) },
    GoldenCase(
      "mut2", gates: ["z": "update", "c": "candidate"],
      ["Wr": "projection.weights", "Ur": "reset.weights", "br": "reset.bias"]
    ) { MUT2(inputSize: $0, hiddenSize: $1, using: &$2) },
    GoldenCase("lightru", gates: ["f": "forget"], ["Wc": "candidate.weights"]) {
      LightRecurrentUnit(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    GoldenCase(
      "brc",
      [
        "Wa": "feedbackInput.weights", "Wz": "updateInput.weights", "Wh": "candidate.weights",
        "wa": "feedbackRecurrent.weights", "wz": "updateRecurrent.weights", "ba": "feedbackInput.bias",
        "bz": "updateInput.bias",
      ]
    ) { BRC(inputSize: $0, hiddenSize: $1, using: &$2) },
    GoldenCase("ran", gates: ["i": "input", "f": "forget"], ["Wc": "content.weights", "bc": "content.bias"]) {
      RAN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    GoldenCase("atr", gates: ["": "shared"]) { ATR(inputSize: $0, hiddenSize: $1, using: &$2) },
    GoldenCase(
      "minimalrnn",
      [
        "Wx": "mapping.weights", "bx": "mapping.bias", "Uh": "update.recurrentWeights", "Uz": "update.inputWeights",
        "bu": "update.bias",
      ]
    ) { MinimalRNN(inputSize: $0, hiddenSize: $1, using: &$2) },
    GoldenCase("sgrn", gates: ["": "shared"], ["b": "gateBias"]) { SGRN(inputSize: $0, hiddenSize: $1, using: &$2) },
    GoldenCase(
      "sru",
      [
        "W": "candidate.weights", "Wf": "forget.weights", "Wr": "highway.weights", "vf": "forgetPeephole.weights",
        "vr": "highwayPeephole.weights", "bf": "forget.bias", "br": "highway.bias",
      ]
    ) { SRU(inputSize: $0, hiddenSize: $1, using: &$2) },
    GoldenCase("mingru", ["Wz": "update.weights", "Wh": "candidate.weights"]) {
      MinGRU(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    GoldenCase("trnn", ["W": "candidate.weights", "V": "forget.weights", "b": "forget.bias"]) {
      TypedRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
  ]
}

@Suite("Golden values from the papers' equations")
struct CellGoldenTests {
  private let cases: Fixture

  init() throws { cases = try Fixture("cells") }

  /// The k-th number of all parameters.
  private static func filling(_ k: Int) -> Double {
    let angle: Double = 1.7 * Double(k + 1)
    return 0.4 * Foundation.sin(angle)
  }

  /// The k-th number of the inputs.
  private static func input(_ k: Int) -> Double {
    let angle: Double = 0.9 * Double(k) + 0.3
    return 0.5 * Foundation.cos(angle)
  }

  @Test("there is a cell for every golden value")
  func complete() {
    #expect(Set(cases.keys) == Set(GoldenCase.all.map(\.key)))
  }

  /// The tolerance: four steps of some ten operations on numbers of size 1, each good to 1e-16.
  @Test("outputs are those of the paper's equations", arguments: GoldenCase.all)
  func outputs(golden: GoldenCase) throws {
    let values = try cases[golden.key]
    var random = RandomSource(seed: 2)
    let cell = golden.makeCell(try values["d"].integer, try values["n"].integer, &random)
    cell.convert(to: .float64)
    var k = 0
    var filled: Set<String> = []
    for (name, shape) in zip(try values["order"].strings, try values["shapes"].shapes) {
      let elements = (k..<k + shape.count).map(Self.filling)
      k += shape.count
      let ours = try #require(golden.names[name], "\(name)")
      // The parameters that a variant of the peephole LSTM lacks take their turn in the filling all the same.
      guard let parameter = cell.parameters[ours] else {
        #expect(golden.key.hasPrefix("lstm_"), "\(ours) of \(cell.parameters.map(\.name))")
        continue
      }
      parameter.value = DenseArray(elements, shape: shape).reshaped(to: parameter.shape)
      filled.insert(ours)
    }
    // FastRNN's scalars stay where they start.
    #expect(golden.key == "fastrnn" || filled.count == cell.parameters.count)

    let (steps, d) = (try values["T"].integer, try values["d"].integer)
    let inputs = DenseArray((0..<steps * d).map(Self.input), shape: [steps, 1, d])
    func run(_ cell: some RecurrentCell) -> DenseArray {
      Recurrent(cell)(Tape(scalarType: .float64).constant(inputs)).outputs.value
    }
    let outputs = run(cell)
    expectClose(
      outputs.reshaped(to: [steps, outputs.shape[2]]), try values["y_all"].array, tolerance: 1e-12, golden.key)
  }
}
