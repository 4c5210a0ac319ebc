public import Autodiff
public import DenseArrays

/// The gated recurrent unit for series with missing values: what has not been seen for a while decays.
///
///     m = 1 where x is a number, 0 where it is NaN, which is what a missing value is
///     delta = time since a value was last seen, 0 at the first step
///     gx = exp(-relu(wx * delta + bx))                      decay of inputs
///     gh = exp(-relu(Wg delta + bg))                        decay of the state
///     x^ = m * x + (1 - m) * (gx * last + (1 - gx) * mean)  last: the value seen last, the mean before any was
///     k = gh * h'
///     r = sigmoid(Wr x^ + Vr m + Ur k + br)                 reset gate
///     z = sigmoid(Wz x^ + Vz m + Uz k + bz)                 update gate: admits the candidate
///     c = tanh(Wc x^ + Vc m + Uc (r * k) + bc)              candidate
///     h = (1 - z) * k + z * c
///
/// Source: Che, Purushotham, Cho, Sontag and Liu, "Recurrent neural networks for multivariate time series with missing
/// values", 2018, equations 10 to 17. Steps are one unit of time apart, or as far as the last number of each input says.
///
/// Parameters: 3 (2 n d + n^2 + n) + n d + n + 2 d for d values a step and n hidden units. The means are given, not trained.
///
/// Initialisation: input weights (W and V side by side) and Wg Glorot uniform, recurrent weights orthogonal, wx uniform in
/// +-1/sqrt(d), biases zero. Ports differ in what m multiplies before a first value has been seen, and some keep the
/// state's decay from the gates.
public struct GRUD: RecurrentCell {
  /// What a step hands on.
  public struct State: RecurrentState {
    /// h: [batch, n].
    public var hidden: Variable
    /// The values seen last: [batch, d].
    public var last: Variable
    /// The time since then, as of the step before: [batch, d].
    public var elapsed: Variable

    public func map(_ transform: (Variable) -> Variable) -> State {
      State(hidden: transform(hidden), last: transform(last), elapsed: transform(elapsed))
    }

    public func mapTrainable(_ transform: (Variable) -> Variable) -> State {
      State(hidden: transform(hidden), last: last, elapsed: elapsed)
    }
  }

  /// W and V side by side, U and b of the reset gate.
  public let reset: Gate
  /// W and V side by side, U and b of the update gate.
  public let update: Gate
  /// W and V side by side, U and b of the candidate.
  public let candidate: Gate
  /// wx.
  public let inputDecay: Scale
  /// bx: [d].
  public let inputDecayBias: Parameter
  /// Wg and bg.
  public let stateDecay: Linear
  /// The means of the values, in float64: [d].
  public let mean: DenseArray
  /// Whether the last number of each input is the time since the step before.
  public let hasIntervals: Bool

  /// A cell with new parameters of type float32.
  ///
  /// - Parameters:
  ///   - inputSize: how many values a step has.
  ///   - hiddenSize: the number of units.
  ///   - mean: the means of the values over the training set, 0 unless said; another number of them stops.
  ///   - hasIntervals: whether each input has one number more, the time since the step before.
  ///   - random: for the parameters.
  public init(
    inputSize: Int, hiddenSize: Int, mean: [Double]? = nil, hasIntervals: Bool = false,
    using random: inout RandomSource
  ) {
    let mean = mean ?? [Double](repeating: 0, count: inputSize)
    guard mean.count == inputSize else { stop("GRUD: \(mean.count) means for \(inputSize) values") }
    reset = Gate(inputSize: 2 * inputSize, hiddenSize: hiddenSize, using: &random)
    update = Gate(inputSize: 2 * inputSize, hiddenSize: hiddenSize, using: &random)
    candidate = Gate(inputSize: 2 * inputSize, hiddenSize: hiddenSize, using: &random)
    inputDecay = Scale(size: inputSize, using: &random)
    inputDecayBias = Parameter(.zeros, [inputSize], using: &random)
    stateDecay = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
    self.mean = DenseArray(mean)
    self.hasIntervals = hasIntervals
  }

  public func zeroState(batch: Int, on tape: Tape) -> State {
    let size = inputDecay.size
    // Where steps are one apart, the first one is 0 after the start.
    return State(
      hidden: tape.zeros([batch, reset.hiddenSize]), last: meanValues(on: tape).broadcast(to: [batch, size]),
      elapsed: tape.constant(hasIntervals ? 0 : -1, shape: [batch, size]))
  }

  public func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    let (tape, size) = (context.tape, inputDecay.size)
    let values = hasIntervals ? x.slice(axis: -1, 0..<size) : x
    let interval = hasIntervals ? x.slice(axis: -1, size..<size + 1) : tape.constant(1)
    let seen = pointwise(values) { x in select(x .<= Double.infinity, 1, 0) }
    let x = pointwise(values) { x in select(x .<= Double.infinity, x, 0) }

    let delta = state.elapsed + interval
    let gx = exp(-relu(inputDecay(delta) + tape.parameter(inputDecayBias)))
    let gh = exp(-relu(stateDecay(delta))).named("state decay")
    let filled = seen * x + (1 - seen) * (gx * state.last + (1 - gx) * meanValues(on: tape))
    let inputs = concatenate([filled, seen], axis: 1)
    let k = gh * state.hidden
    let r = sigmoid(reset(inputs, k)).named("reset gate")
    let z = sigmoid(update(inputs, k)).named("update gate")
    let c = tanh(candidate(inputs, r * k)).named("candidate")
    let h = (1 - z) * k + z * c
    return (h, State(hidden: h, last: select(seen, x, state.last), elapsed: (1 - seen) * delta))
  }

  private func meanValues(on tape: Tape) -> Variable { tape.constant(mean.converted(to: tape.scalarType)) }
}
