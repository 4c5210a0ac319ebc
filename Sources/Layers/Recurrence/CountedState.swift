public import Autodiff

/// A state and the number of steps so far, for cells that do something else at some steps.
///
/// The counter is part of the state, so that a sequence is its chunks; it is not trained.
public struct CountedState<Wrapped: RecurrentState>: RecurrentState {
  /// What is counted for.
  public var state: Wrapped
  /// The number of steps so far, [batch, 1].
  public var time: Variable

  public init(_ state: Wrapped, time: Variable) {
    self.state = state
    self.time = time
  }

  public func map(_ transform: (Variable) -> Variable) -> CountedState<Wrapped> {
    CountedState(state.map(transform), time: transform(time))
  }

  public func mapTrainable(_ transform: (Variable) -> Variable) -> CountedState<Wrapped> {
    CountedState(state.mapTrainable(transform), time: time)
  }
}
