public import Autodiff
public import DenseArrays

/// The fast-slow network: several fast cells that hand one state on within a step, and a slow cell beside them.
///
///     (f, yf) = F1(x; f'),  (s, ys) = S(yf; s'),  (f, y) = F2(ys; f),  (f, y) = Fi(0; f) for i > 2
///
/// The fast state passes through all fast cells at each step, the slow one changes once. The output is that of the last
/// fast cell. Source: Mujika, Meier and Steger, "Fast-slow recurrent neural networks", 2017, where all cells are LSTMs.
/// The fast cells after the second get no input: here a single 0, whose weights have no effect. At least one library gives
/// them the output before instead.
public struct FastSlowCell<Fast: RecurrentCell, Slow: RecurrentCell>: RecurrentCell {
  /// The fast state and the slow one.
  public typealias State = StatePair<Fast.State, Slow.State>

  /// F1, F2 and so on: at least two, with states of one kind and size.
  public let fast: [Fast]
  /// S.
  public let slow: Slow

  /// Given cells: the first fast one for the input, the slow one for the output of that, the second fast one for the
  /// output of the slow one, the others for one number. Fewer than two fast cells stop.
  public init(fast: [Fast], slow: Slow) {
    guard fast.count >= 2 else { stop("FastSlowCell: \(fast.count) fast cells; expected at least 2") }
    self.fast = fast
    self.slow = slow
  }

  /// New cells.
  ///
  /// - Parameters:
  ///   - fastCount: The number of fast cells, at least two.
  ///   - inputSize: The size of the input.
  ///   - random: Where parameters are drawn from.
  ///   - makeFast: Makes a fast cell for inputs of a size.
  ///   - makeSlow: Makes the slow cell for inputs of a size.
  public init(
    fastCount: Int, inputSize: Int, using random: inout RandomSource,
    fast makeFast: (_ inputSize: Int, inout RandomSource) -> Fast,
    slow makeSlow: (_ inputSize: Int, inout RandomSource) -> Slow
  ) {
    let first = makeFast(inputSize, &random)
    let fastSize = first.outputSize(inputSize: inputSize)
    let slow = makeSlow(fastSize, &random)
    let slowSize = slow.outputSize(inputSize: fastSize)
    var fast = [first]
    for index in 1..<max(fastCount, 1) { fast.append(makeFast(index == 1 ? slowSize : 1, &random)) }
    self.init(fast: fast, slow: slow)
  }

  public func zeroState(batch: Int, on tape: Tape) -> State {
    State(fast[0].zeroState(batch: batch, on: tape), slow.zeroState(batch: batch, on: tape))
  }

  public func prepared(on tape: Tape) -> FastSlowCell {
    FastSlowCell(fast: fast.map { $0.prepared(on: tape) }, slow: slow.prepared(on: tape))
  }

  public func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    var (output, fastState) = fast[0].step(x, state.first, context)
    let (slowOutput, slowState) = slow.step(output, state.second, context)
    (output, fastState) = fast[1].step(slowOutput, fastState, context)
    for cell in fast.dropFirst(2) {
      (output, fastState) = cell.step(context.tape.zeros([x.shape[0], 1]), fastState, context)
    }
    return (output, State(fastState, slowState))
  }
}
