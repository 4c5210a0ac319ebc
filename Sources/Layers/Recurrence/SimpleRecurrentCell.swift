public import Autodiff
internal import DenseArrays

/// A recurrent cell with one state, [batch, state size], that is its output too.
///
///     struct MinimalGatedUnit: SimpleRecurrentCell {
///       let forget, candidate: Gate
///       func step(_ x: Variable, _ h: Variable) -> Variable {
///         let f = sigmoid(forget(x, h))
///         let c = tanh(candidate(x, f * h))
///         return (1 - f) * h + f * c
///       }
///     }
public protocol SimpleRecurrentCell: RecurrentCell where State == Variable {
  /// The size of the state: by default that of the state which the first `Gate` of the cell reads.
  ///
  /// A cell without a gate has to declare it.
  var stateSize: Int { get }

  /// One step: the next state, which is the output, for x of shape [batch, features] and h of shape [batch, state size].
  func step(_ x: Variable, _ h: Variable) -> Variable
}

extension SimpleRecurrentCell {
  public var stateSize: Int { firstGateSize }

  public func zeroState(batch: Int, on tape: Tape) -> Variable {
    tape.zeros([batch, stateSize])
  }

  public func step(_ x: Variable, _ state: Variable, _ context: StepContext) -> (output: Variable, state: Variable) {
    let h = step(x, state)
    return (h, h)
  }
}
