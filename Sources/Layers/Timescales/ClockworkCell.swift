public import Autodiff
public import DenseArrays

/// Cells side by side that step with different periods; fast ones hear slow ones.
///
///     let clocks = ClockworkCell(periods: [1, 2, 4], inputSize: 8, using: &random) { size, random in
///       GRU(inputSize: size, hiddenSize: 16, using: &random)
///     }
///
/// A group reads the input and, side by side with it, the outputs that all slower groups had at the step before. The
/// output is that of all groups side by side. Source: Koutnik, Greff, Gomez and Schmidhuber, "A clockwork RNN", 2014, with
/// any cell for a group: with `Elman` it is the paper's network, which `ClockworkRNN` has in one product.
public struct ClockworkCell<Cell: RecurrentCell>: RecurrentCell {
  /// The states of the groups, the fastest first.
  public typealias State = [PeriodicCell<Cell>.State]

  /// The groups, the fastest first.
  public let groups: [PeriodicCell<Cell>]

  /// Given groups, the fastest first; each has to fit the size of the input and of all slower groups' outputs. Groups that
  /// are not in the order of their periods, and no groups, stop.
  public init(_ groups: [PeriodicCell<Cell>]) {
    let periods = groups.map(\.period)
    guard !groups.isEmpty, periods == periods.sorted() else {
      stop("ClockworkCell: groups of periods \(periods); expected at least one, in rising order")
    }
    self.groups = groups
  }

  /// New groups.
  ///
  /// - Parameters:
  ///   - periods: The periods, in rising order.
  ///   - inputSize: The size of the input.
  ///   - random: Where parameters are drawn from.
  ///   - makeCell: Makes the cell of a group for inputs of a size.
  public init(
    periods: [Int], inputSize: Int, using random: inout RandomSource,
    _ makeCell: (_ inputSize: Int, inout RandomSource) -> Cell
  ) {
    var groups: [PeriodicCell<Cell>] = []
    var size = inputSize
    for period in periods.reversed() {
      let group = PeriodicCell(makeCell(size, &random), period: period, inputSize: size)
      groups.insert(group, at: 0)
      size += group.outputSize
    }
    self.init(groups)
  }

  public func zeroState(batch: Int, on tape: Tape) -> State {
    groups.map { $0.zeroState(batch: batch, on: tape) }
  }

  public func prepared(on tape: Tape) -> ClockworkCell {
    ClockworkCell(groups.map { $0.prepared(on: tape) })
  }

  public func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    var next = state
    var outputs: [Variable] = []
    for (index, group) in groups.enumerated() {
      let slower = state[(index + 1)...].map(\.state.output)
      let input = slower.isEmpty ? x : concatenate([x] + slower, axis: -1)
      let (output, state) = context.tape.withScope("group \(index)") { group.step(input, state[index], context) }
      outputs.append(output)
      next[index] = state
    }
    return (outputs.count == 1 ? outputs[0] : concatenate(outputs, axis: -1), next)
  }
}
