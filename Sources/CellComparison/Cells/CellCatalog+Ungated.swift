internal import DenseArrays
internal import Layers

extension CellCatalog {
  /// Cells without gates, and with structured recurrence.
  static let ungated: [CellDescription] = [
    .named(
      "elman-relu", variant: "relu, Glorot and orthogonal weights at first", products: .init(input: 1, recurrent: 1)
    ) {
      Elman(inputSize: $0, hiddenSize: $1, activation: .relu, using: &$2)
    },
    .named(
      "elman-relu-glorot", variant: "relu, all weights Glorot at first", products: .init(input: 1, recurrent: 1)
    ) {
      Elman(
        inputSize: $0, hiddenSize: $1, activation: .relu, recurrentInitializer: .glorotUniform(), using: &$2)
    },
    .named("irnn", variant: "relu, recurrent weights the identity at first", products: .init(input: 1, recurrent: 1)) {
      Elman.identity(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("jordan", variant: "tanh, the state is the output", products: .init(input: 1, recurrent: 2)) {
      Jordan(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("leaky-elman", variant: "leak 0.3", products: .init(input: 1, recurrent: 1)) {
      LeakyElman(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named(
      "ctrnn", variant: "of Beer: a sum of activations, trained time constants",
      products: .init(input: 1, recurrent: 1)
    ) {
      CTRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("indrnn", variant: "relu", products: .init(input: 1, recurrent: 0)) {
      IndRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("antisymmetric", variant: "time step 0.1, damping 0.01", products: .init(input: 1, recurrent: 1)) {
      AntisymmetricRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("antisymmetric-gated", variant: "time step 0.1, damping 0.01", products: .init(input: 2, recurrent: 1)) {
      AntisymmetricRNN(inputSize: $0, hiddenSize: $1, isGated: true, using: &$2)
    },
    .named(
      "lipschitz", variant: "time step 0.1, antisymmetry 0.7, damping 0.001", products: .init(input: 1, recurrent: 2)
    ) {
      LipschitzRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named(
      "cornn", variant: "explicit in the velocity, time step 0.1, stiffness 1, damping 0.5",
      products: .init(input: 1, recurrent: 2)
    ) {
      CoRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("unicornn", variant: "one layer, time step 0.2, stiffness 0.9", products: .init(input: 1, recurrent: 0)) {
      UnICORNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("lem", variant: "time step 1", products: .init(input: 4, recurrent: 4)) {
      LEM(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("fast-rnn", variant: "tanh", products: .init(input: 1, recurrent: 1)) {
      FastRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("fast-grnn", variant: "full rank", products: .init(input: 1, recurrent: 1)) {
      FastGRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("scrn", variant: "as many context as hidden units, decay 0.95, both are the output") {
      SCRN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("mi-rnn", variant: "general form, all scales 1 at first", products: .init(input: 1, recurrent: 1)) {
      MIRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("multiplicative-rnn", variant: "as many factors as hidden units", products: .init(input: 2, recurrent: 2)) {
      MultiplicativeRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named(
      "clockwork", variant: "4 groups with periods 1, 2, 4 and 8, slow ones speak to fast ones",
      products: .init(input: 1, recurrent: 1)
    ) {
      ClockworkRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("orthogonal-householder", variant: "16 reflections, modReLU", products: .init(input: 1, recurrent: 1)) {
      OrthogonalRNN(inputSize: $0, hiddenSize: $1, parametrization: .householder(reflections: 16), using: &$2)
    },
    .named(
      "orthogonal-exponential", variant: "exponential of an antisymmetric matrix, modReLU",
      products: .init(input: 1, recurrent: 1)
    ) {
      OrthogonalRNN(inputSize: $0, hiddenSize: $1, parametrization: .exponential, using: &$2)
    },
    .named("plrnn", products: .init(input: 1, recurrent: 1)) {
      PLRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named(
      "shuffling-rnn", variant: "rotation by one unit, one hidden layer", products: .init(input: 2, recurrent: 1)
    ) {
      ShufflingRNN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("lmu", variant: "memory of as many numbers as hidden units, delay 100") {
      LMU(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named("rhn", variant: "depth 3, coupled gates, biases -2 at first", products: .init(input: 2, recurrent: 6)) {
      RHN(inputSize: $0, hiddenSize: $1, using: &$2)
    },
    .named(
      "rhn-uncoupled", variant: "depth 3, carry gates with biases 2 at first", products: .init(input: 3, recurrent: 9)
    ) {
      RHN(inputSize: $0, hiddenSize: $1, hasCarryGate: true, using: &$2)
    },
  ]
}
