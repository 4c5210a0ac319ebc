public import Autodiff
internal import DenseArrays

/// A recurrent cell with an output and a memory of one size, [batch, state size] each: the state of an LSTM.
///
///     struct CoupledGates: MemoryCell {
///       let forget, candidate, output: Gate
///       func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
///         let f = sigmoid(forget(x, h))
///         let c = f * c + (1 - f) * tanh(candidate(x, h))
///         return (sigmoid(output(x, h)) * tanh(c), c)
///       }
///     }
public protocol MemoryCell: RecurrentCell where State == LSTM.State {
  /// The size of output and memory: by default that of the state which the first `Gate` of the cell reads.
  ///
  /// A cell without a gate has to declare it.
  var stateSize: Int { get }

  /// One step: the next output h and memory c, for x of shape [batch, features], h and c of shape [batch, state size].
  func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable)
}

extension MemoryCell {
  public var stateSize: Int { firstGateSize }

  public func zeroState(batch: Int, on tape: Tape) -> LSTM.State {
    let zero = tape.zeros([batch, stateSize])
    return LSTM.State(hidden: zero, memory: zero)
  }

  public func step(_ x: Variable, _ state: LSTM.State, _ context: StepContext) -> (output: Variable, state: LSTM.State)
  {
    let (h, c) = step(x, state.hidden, state.memory)
    return (h, LSTM.State(hidden: h, memory: c))
  }
}

extension RecurrentCell {
  /// The size of the state that the first `Gate` of the cell reads; a cell without a gate stops.
  var firstGateSize: Int {
    var first: Gate?
    Reflection.walk(self) { value, _ in
      first = value as? Gate
      return first == nil ? .into : .end
    }
    guard let first else {
      stop("\(Self.self): no Gate to take the size of the state from; declare `var stateSize: Int`")
    }
    return first.recurrentSize
  }
}
