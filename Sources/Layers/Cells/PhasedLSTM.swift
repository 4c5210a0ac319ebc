public import Autodiff
public import DenseArrays

/// The phased LSTM: each unit has a rhythm, and changes only while its time gate is open.
///
///     c~, h~ = `LSTM` of x, h' and c'
///     phi = ((t - s) mod tau) / tau                  where in its period a unit is
///     k = 2 phi / r           for phi < r / 2        opening
///         2 - 2 phi / r       for phi < r            closing
///         alpha phi           else                   closed but for a leak
///     c = k * c~ + (1 - k) * c',  h = k * h~ + (1 - k) * h'
///
/// Source: Neil, Pfeiffer and Liu, "Phased LSTM", 2016. t counts the steps; it is part of the state. The leak is there
/// in evaluation too, as in TensorFlow. The derivative by tau is the true one; TensorFlow's leaves the remainder out.
///
/// Parameters: 4 (n d + n^2 + n) + 2 n for inputs of size d and n hidden units.
///
/// Initialisation: as `LSTM`; tau = exp u for u uniform in 0...log 1000, s uniform in 0...tau.
public struct PhasedLSTM: RecurrentCell {
  /// Output and memory, [batch, n] each, and the time, [batch, 1].
  public typealias State = CountedState<LSTM.State>

  /// The cell that the time gate lets through.
  public let lstm: LSTM
  /// tau: [n].
  public let period: Parameter
  /// s: [n].
  public let shift: Parameter
  /// r: the part of its period that a unit is open.
  public let openRatio: Double
  /// alpha.
  public let leak: Double

  /// A cell with new parameters of type float32.
  public init(
    inputSize: Int, hiddenSize: Int, longestPeriod: Double = 1000, openRatio: Double = 0.05, leak: Double = 0.001,
    using random: inout RandomSource
  ) {
    lstm = LSTM(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    let exponents = DenseArray.uniform([hiddenSize], in: 0..<1, .float64, using: &random).elements
    let phases = DenseArray.uniform([hiddenSize], in: 0..<1, .float64, using: &random).elements
    let tape = Tape(scalarType: .float64)
    let range = log(tape.constant(longestPeriod)).item
    let periods = exp(range * tape.constant(DenseArray(exponents, shape: [hiddenSize]))).value
    let shifts = zip(periods.elements, phases).map { $0 * $1 }
    period = Parameter(periods.converted(to: .float32))
    shift = Parameter(DenseArray(shifts, shape: [hiddenSize]).converted(to: .float32))
    self.openRatio = openRatio
    self.leak = leak
  }

  public func parameterName(ofProperty property: String) -> String { property == "lstm" ? "" : property }

  public func zeroState(batch: Int, on tape: Tape) -> State {
    State(lstm.zeroState(batch: batch, on: tape), time: tape.zeros([batch, 1]))
  }

  public func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    let (tape, old, time) = (x.tape, state.state, state.time)
    let tau = tape.parameter(period)
    let phi = modulo(time - tape.parameter(shift), tau) / tau
    let opening = 2 * phi / openRatio
    let k = select(
      isPositive(openRatio / 2 - phi), opening, select(isPositive(openRatio - phi), 2 - opening, leak * phi)
    ).named("time gate")
    let (h, c) = lstm.step(x, old.hidden, old.memory)
    let new = LSTM.State(hidden: h, memory: c).combined(with: old) { new, old in k * new + (1 - k) * old }
    return (new.hidden, State(new, time: time + 1))
  }
}

/// 1 where a number is positive, else 0; `step` by a name that no cell's step hides.
private func isPositive(_ x: Variable) -> Variable { Autodiff.step(x) }
