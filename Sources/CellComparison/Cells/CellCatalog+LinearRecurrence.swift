internal import DenseArrays
internal import Layers

extension CellCatalog {
  /// Cells that are linear in their state, or elementwise in it.
  static let linearRecurrences: [CellDescription] = [
    .named("t-rnn", products: .init(input: 2, recurrent: 0)) {
      TypedRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("sru", variant: "second version: gates see the memory; no activation, alpha 1") {
      SRU(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("sru-1", variant: "first version: gates see the input only; no activation, alpha 1") {
      SRU(inputSize: $0, hiddenSize: $1, seesMemory: false, using: &$2)
    },
    .named("min-gru", variant: "positive candidate", products: .init(input: 2, recurrent: 0)) {
      MinGRU(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("min-lstm", variant: "positive candidate, gates normalised", products: .init(input: 3, recurrent: 0)) {
      MinLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("t-gru", variant: "windows of two inputs", products: .init(input: 6, recurrent: 0)) {
      TypedGatedCell(inputSize: $0, hiddenSize: $1, isLSTM: false, using: &$2)
    },
    .named("t-lstm", variant: "windows of two inputs", products: .init(input: 6, recurrent: 0)) {
      TypedGatedCell(inputSize: $0, hiddenSize: $1, isLSTM: true, using: &$2)
    },
    .named("qrnn-f", variant: "windows of two inputs, forget pooling", products: .init(input: 4, recurrent: 0)) {
      QRNN(inputSize: $0, hiddenSize: $1, pooling: .forget, using: &$2)
    },
    .named(
      "qrnn-fo", variant: "windows of two inputs, forget and output pooling", products: .init(input: 6, recurrent: 0)
    ) {
      QRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("qrnn-ifo", variant: "windows of two inputs, all three gates", products: .init(input: 8, recurrent: 0)) {
      QRNN(inputSize: $0, hiddenSize: $1, pooling: .inputForgetOutput, using: &$2)
    },
    .named("lru", variant: "radii 0.9 to 0.999, linear output", products: .init(input: 3, recurrent: 2)) {
      LRU(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named(
      "hgrn", variant: "real state, lower bound 0, gated norm of the output", products: .init(input: 3, recurrent: 0)
    ) {
      HGRN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("mamba", variant: "16 numbers a channel, neither convolution nor gate") {
      SelectiveSSM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
  ]
}
