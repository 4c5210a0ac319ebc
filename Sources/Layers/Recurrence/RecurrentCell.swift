public import Autodiff
public import DenseArrays

/// One time step of a recurrent network: from an input and a state to an output and the next state.
///
/// The batch is the first axis of inputs, states and outputs. Output and state may differ in size, a state may have several
/// arrays (`StatePair`, an array of states or a struct of one's own), and an array of a state any shape. A cell that needs
/// the previous input keeps it in its state. Cells with one array that is state and output at once conform to
/// `SimpleRecurrentCell`, which asks for less.
public protocol RecurrentCell: Module {
  /// What is handed from step to step.
  associatedtype State: RecurrentState

  /// The state before the first step of `batch` sequences; usually zeros.
  ///
  /// A missing state is this one: cells know of no optional state.
  func zeroState(batch: Int, on tape: Tape) -> State

  /// The cell as it is used for one sequence; called once, before the first step.
  ///
  /// A cell whose weights are computed from its parameters (U - U', V / |V|) returns a copy of itself that holds the
  /// computed variables. By default the cell itself.
  func prepared(on tape: Tape) -> Self

  /// One step for x of shape [batch, features].
  func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State)
}

extension RecurrentCell {
  public func prepared(on tape: Tape) -> Self { self }

  /// The state with given numbers, for instance the `values` of the last state of a tape that is gone.
  ///
  /// Arrays of another number or shape than the cell's zero state stop.
  public func state(from values: [DenseArray], on tape: Tape) -> State {
    zeroState(batch: values.first?.shape.first ?? 0, on: tape).filled(with: values, on: tape, "\(Self.self)")
  }
}
