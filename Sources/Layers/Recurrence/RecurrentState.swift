public import Autodiff
public import DenseArrays

/// What a recurrent cell hands from one time step to the next: one or more arrays, the batch as their first axis.
///
///     struct Oscillator: RecurrentState {
///       var position, velocity: Variable
///       func map(_ transform: (Variable) -> Variable) -> Oscillator {
///         Oscillator(position: transform(position), velocity: transform(velocity))
///       }
///     }
///
/// A `Variable` is a state, so are `StatePair` and an array of states. Arrays of a state may have any shapes.
public protocol RecurrentState {
  /// The state with `transform` applied to each of its arrays, always in the same order.
  func map(_ transform: (Variable) -> Variable) -> Self

  /// The state with `transform` applied to those of its arrays that can be trained as the state before the first step.
  ///
  /// All of them unless a state says otherwise: one that counts steps leaves its counter out.
  func mapTrainable(_ transform: (Variable) -> Variable) -> Self
}

extension RecurrentState {
  public func mapTrainable(_ transform: (Variable) -> Variable) -> Self { map(transform) }

  /// The state's arrays, in the order of `map`.
  public var variables: [Variable] {
    var result: [Variable] = []
    _ = map { variable in
      result.append(variable)
      return variable
    }
    return result
  }

  /// The state with other arrays, in the order of `map`; another number of arrays stops.
  public func replacing(with variables: [Variable]) -> Self {
    var count = 0
    let result = map { variable in
      defer { count += 1 }
      return count < variables.count ? variables[count] : variable
    }
    guard count == variables.count else {
      stop("\(Self.self): \(variables.count) arrays for a state of \(count)")
    }
    return result
  }

  /// The state made of this one and another, array by array.
  public func combined(with other: Self, _ combine: (Variable, Variable) -> Variable) -> Self {
    replacing(with: zip(variables, other.variables).map(combine))
  }

  /// The state with no gradient through it, for truncated backpropagation through time.
  public func detach() -> Self { map { $0.detach() } }

  /// The state with given numbers; arrays of another number or shape than its own stop.
  func filled(with values: [DenseArray], on tape: Tape, _ name: String) -> Self {
    let expected = variables.map(\.shape)
    guard expected == values.map(\.shape) else {
      stop("\(name): a state of shapes \(values.map(\.shape)); expected \(expected)")
    }
    return replacing(with: values.map { tape.constant($0) })
  }

  /// The numbers in the state's arrays, copied, so that they outlive the tape.
  public var values: [DenseArray] { variables.map(\.value) }
}

extension Variable: RecurrentState {
  public func map(_ transform: (Variable) -> Variable) -> Variable { transform(self) }
}

extension Array: RecurrentState where Element: RecurrentState {
  public func map(_ transform: (Variable) -> Variable) -> [Element] {
    var result: [Element] = []
    result.reserveCapacity(count)
    for element in self { result.append(element.map(transform)) }
    return result
  }

  public func mapTrainable(_ transform: (Variable) -> Variable) -> [Element] {
    var result: [Element] = []
    result.reserveCapacity(count)
    for element in self { result.append(element.mapTrainable(transform)) }
    return result
  }
}

/// Two states as one.
public struct StatePair<First: RecurrentState, Second: RecurrentState>: RecurrentState {
  public var first: First
  public var second: Second

  public init(_ first: First, _ second: Second) {
    self.first = first
    self.second = second
  }

  public func map(_ transform: (Variable) -> Variable) -> StatePair<First, Second> {
    StatePair(first.map(transform), second.map(transform))
  }

  public func mapTrainable(_ transform: (Variable) -> Variable) -> StatePair<First, Second> {
    StatePair(first.mapTrainable(transform), second.mapTrainable(transform))
  }
}
