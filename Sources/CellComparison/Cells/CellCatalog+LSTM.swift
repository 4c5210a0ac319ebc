internal import DenseArrays
internal import Layers

extension CellCatalog {
  /// The long short-term memory and its relatives.
  static let lstms: [CellDescription] = [
    .named("lstm-1997", variant: "no forget gate, no peepholes, tanh", products: .init(input: 3, recurrent: 3)) {
      OriginalLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named(
      "lstm-peephole", variant: "the output gate sees the new memory, diagonal peepholes",
      products: .init(input: 4, recurrent: 4)
    ) {
      PeepholeLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named(
      "lstm-peephole-old-memory", variant: "all gates see the old memory, diagonal peepholes",
      products: .init(input: 4, recurrent: 4)
    ) {
      PeepholeLSTM(inputSize: $0, hiddenSize: $1, variant: .oldMemory, using: &$2)
    },
    .named(
      "lstm-peephole-full", variant: "the output gate sees the new memory, peepholes of all units",
      products: .init(input: 4, recurrent: 7)
    ) {
      FullPeepholeLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("lstm-nig", variant: "peepholes, no input gate", products: .init(input: 3, recurrent: 3)) {
      PeepholeLSTM(inputSize: $0, hiddenSize: $1, variant: .noInputGate, using: &$2)
    },
    .named("lstm-nfg", variant: "peepholes, no forget gate", products: .init(input: 3, recurrent: 3)) {
      PeepholeLSTM(inputSize: $0, hiddenSize: $1, variant: .noForgetGate, using: &$2)
    },
    .named("lstm-nog", variant: "peepholes, no output gate", products: .init(input: 3, recurrent: 3)) {
      PeepholeLSTM(inputSize: $0, hiddenSize: $1, variant: .noOutputGate, using: &$2)
    },
    .named("lstm-niaf", variant: "peepholes, candidate without tanh", products: .init(input: 4, recurrent: 4)) {
      PeepholeLSTM(inputSize: $0, hiddenSize: $1, variant: .noInputActivation, using: &$2)
    },
    .named("lstm-noaf", variant: "peepholes, memory without tanh", products: .init(input: 4, recurrent: 4)) {
      PeepholeLSTM(inputSize: $0, hiddenSize: $1, variant: .noOutputActivation, using: &$2)
    },
    .named(
      "lstm-cifg", variant: "peepholes, the forget gate is 1 - the input gate", products: .init(input: 3, recurrent: 3)
    ) {
      PeepholeLSTM(inputSize: $0, hiddenSize: $1, variant: .coupledGates, using: &$2)
    },
    .named("lstm-fgr", variant: "peepholes, full gate recurrence", products: .init(input: 4, recurrent: 13)) {
      FullGateLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("lstm-projected", variant: "half as many outputs as memory cells") {
      ProjectedLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("janet", variant: "beta 1, chrono biases for up to 100 steps", products: .init(input: 2, recurrent: 2)) {
      JANET(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("multiplicative-lstm", variant: "of Krause et al., not of xLSTM", products: .init(input: 5, recurrent: 5)) {
      MultiplicativeLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("mi-lstm", variant: "multiplicative integration in every sum", products: .init(input: 4, recurrent: 4)) {
      MILSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("slim-lstm-1", variant: "gates of state and bias", products: .init(input: 1, recurrent: 4)) {
      SlimLSTM(inputSize: $0, hiddenSize: $1, gateTerms: .recurrentAndBias, using: &$2)
    },
    .named("slim-lstm-2", variant: "gates of the state", products: .init(input: 1, recurrent: 4)) {
      SlimLSTM(inputSize: $0, hiddenSize: $1, gateTerms: .recurrent, using: &$2)
    },
    .named("slim-lstm-3", variant: "gates of a bias", products: .init(input: 1, recurrent: 1)) {
      SlimLSTM(inputSize: $0, hiddenSize: $1, gateTerms: .bias, using: &$2)
    },
    .named(
      "layer-norm-lstm", variant: "of Ba et al.: joint norms of both products, and of the memory on its way out",
      products: .init(input: 4, recurrent: 4)
    ) {
      LayerNormLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named(
      "layer-norm-lstm-per-gate", variant: "a norm for each gate, the memory normalised in the recurrence",
      products: .init(input: 4, recurrent: 4)
    ) {
      LayerNormLSTMPerGate(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named(
      "layer-norm-lstm-recurrent",
      variant: "of TensorFlow Addons: joint norms, the memory normalised in the recurrence",
      products: .init(input: 4, recurrent: 4)
    ) {
      LayerNormLSTM(inputSize: $0, hiddenSize: $1, hasNormalizedMemory: true, using: &$2)
    },
    .named(
      "layer-norm-lstm-rnmt", variant: "of RNMT+: a norm for each gate, the output sees the memory before its norm",
      products: .init(input: 4, recurrent: 4)
    ) {
      LayerNormLSTMPerGate(inputSize: $0, hiddenSize: $1, outputSeesNorm: false, using: &$2)
    },
    .named("indy-lstm", variant: "diagonal recurrence", products: .init(input: 4, recurrent: 0)) {
      IndyLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("elstm", variant: "elementwise forget gate and candidate", products: .init(input: 3, recurrent: 1)) {
      ELSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("nas-cell", variant: "products in the fourth node, no biases", products: .init(input: 8, recurrent: 8)) {
      NASCell(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named(
      "nested-lstm", variant: "the outer candidate without an activation", products: .init(input: 4, recurrent: 12)
    ) {
      NestedLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("residual-lstm", variant: "peepholes, trained shortcut", products: .init(input: 5, recurrent: 5)) {
      ResidualLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("working-memory-lstm", variant: "the candidate hears the state", products: .init(input: 4, recurrent: 7)) {
      WorkingMemoryLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named(
      "memory-controller-lstm", variant: "a gate of its own for what the gates hear",
      products: .init(input: 5, recurrent: 5)
    ) {
      MemoryControllerLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("mogrifier-lstm", variant: "5 rounds, full rank", products: .init(input: 9, recurrent: 4)) {
      MogrifierLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("slstm", variant: "of xLSTM: one head, sigmoid forget gates", products: .init(input: 4, recurrent: 4)) {
      ScalarLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("ordered-neurons-lstm", variant: "master gates for pairs of units, single ones where units are odd") {
      OrderedNeuronsLSTM(inputSize: $0, hiddenSize: $1, chunkSize: $1.isMultiple(of: 2) ? 2 : 1, using: &$2)
    },
    .named(
      "phased-lstm", variant: "periods up to 1000 steps, open for 0.05 of them, leak 0.001",
      products: .init(input: 4, recurrent: 4)
    ) {
      PhasedLSTM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
  ]
}
