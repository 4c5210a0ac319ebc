internal import DenseArrays
internal import Layers

extension CellCatalog {
  /// The gated recurrent unit and other gated cells of one state.
  static let grus: [CellDescription] = [
    .named(
      "gru-1", variant: "reset before, the update gate keeps, gates of state and bias",
      products: .init(input: 1, recurrent: 3)
    ) {
      LightGRU(inputSize: $0, hiddenSize: $1, gateTerms: .recurrentAndBias, using: &$2)
    },
    .named(
      "gru-2", variant: "reset before, the update gate keeps, gates of the state",
      products: .init(input: 1, recurrent: 3)
    ) {
      LightGRU(inputSize: $0, hiddenSize: $1, gateTerms: .recurrent, using: &$2)
    },
    .named(
      "gru-3", variant: "reset before, the update gate keeps, gates of a bias", products: .init(input: 1, recurrent: 1)
    ) {
      LightGRU(inputSize: $0, hiddenSize: $1, gateTerms: .bias, using: &$2)
    },
    .named(
      "mi-gru", variant: "reset before, multiplicative integration in every sum",
      products: .init(input: 3, recurrent: 3)
    ) {
      MIGRU(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named(
      "mgu", variant: "of the paper: the gate admits the candidate, reset before",
      products: .init(input: 2, recurrent: 2)
    ) {
      MGU(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named(
      "mgu-reset-after", variant: "of Flax: the gate keeps, reset after the product",
      products: .init(input: 2, recurrent: 2)
    ) {
      MGUResetAfter(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("mgu-1", variant: "a gate of state and bias", products: .init(input: 1, recurrent: 2)) {
      MGU(inputSize: $0, hiddenSize: $1, forgetTerms: .recurrentAndBias, using: &$2)
    },
    .named("mgu-2", variant: "a gate of the state", products: .init(input: 1, recurrent: 2)) {
      MGU(inputSize: $0, hiddenSize: $1, forgetTerms: .recurrent, using: &$2)
    },
    .named("mgu-3", variant: "a gate of a bias", products: .init(input: 1, recurrent: 1)) {
      MGU(inputSize: $0, hiddenSize: $1, forgetTerms: .bias, using: &$2)
    },
    .named("ugrnn", variant: "bias 1 at first, no constant in the gate", products: .init(input: 2, recurrent: 2)) {
      UGRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("intersection-rnn", variant: "constant 1 in both gates, input projected to the size of the output") {
      IntersectionRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("mut-1", variant: "projected input", products: .init(input: 3, recurrent: 2)) {
      MUT1(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("mut-2", variant: "input projected to the size of the state") {
      MUT2(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("mut-3", variant: "projected input", products: .init(input: 3, recurrent: 3)) {
      MUT3(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("light-recurrent-unit", products: .init(input: 2, recurrent: 1)) {
      LightRecurrentUnit(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("brc", products: .init(input: 3, recurrent: 0)) {
      BRC(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("nbrc", variant: "the gates hear all units", products: .init(input: 3, recurrent: 2)) {
      NeuromodulatedBRC(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("ran", variant: "tanh of the memory", products: .init(input: 3, recurrent: 2)) {
      RAN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("atr", products: .init(input: 1, recurrent: 1)) {
      ATR(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("minimal-rnn", variant: "the gate reads the present input", products: .init(input: 1, recurrent: 2)) {
      MinimalRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("sgrn", products: .init(input: 1, recurrent: 1)) {
      SGRN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("li-gru", variant: "biases and no batch norm", products: .init(input: 2, recurrent: 2)) {
      LiGRU(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("cfn", products: .init(input: 3, recurrent: 2)) {
      CFN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("star", products: .init(input: 2, recurrent: 1)) {
      STAR(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("sgu", variant: "hard sigmoid", products: .init(input: 2, recurrent: 2)) {
      SGU(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("dsgu", variant: "hard sigmoid", products: .init(input: 2, recurrent: 3)) {
      SGU(inputSize: $0, hiddenSize: $1, isDeep: true, using: &$2)
    },
    .named("indy-gru", variant: "diagonal recurrence, reset before", products: .init(input: 3, recurrent: 0)) {
      IndyGRU(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named(
      "layer-norm-gru", variant: "reset after, norms of both products over all gates",
      products: .init(input: 3, recurrent: 3)
    ) {
      LayerNormGRU(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("goru", variant: "4 reflections, modReLU", products: .init(input: 3, recurrent: 3)) {
      GORU(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("cfc", variant: "one backbone layer, steps of one unit of time", products: .init(input: 1, recurrent: 5)) {
      CfC(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named(
      "gru-d", variant: "of Che et al.: missing values are NaN, steps one apart, means 0",
      products: .init(input: 7, recurrent: 3)
    ) {
      GRUD(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("gru-ode", variant: "steps of Euler of 0.5, reset before", products: .init(input: 3, recurrent: 3)) {
      GRUODE(inputSize: $0, hiddenSize: $1, using: &$2)
    },
  ]
}
