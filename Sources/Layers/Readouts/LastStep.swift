public import Autodiff
public import DenseArrays

/// The outputs at the last step of each sequence that counts.
///
/// For a layer that runs backward the first step is the last one run: its final state says more.
public struct LastStep: Readout {
  public init() {}

  public func callAsFunction(_ outputs: Variable, mask: DenseArray?) -> Variable {
    check(outputs, mask)
    let (time, batch, features) = (outputs.shape[0], outputs.shape[1], outputs.shape[2])
    guard let mask else { return outputs[time - 1] }
    let elements = mask.elements
    let rows = (0..<batch).map { column -> Int32 in
      let last = (0..<time).last { elements[$0 * batch + column] != 0 } ?? 0
      return Int32(last * batch + column)
    }
    let last = gather(
      outputs.reshaped(to: [time * batch, features]), at: outputs.tape.constant(DenseArray(rows, shape: [batch])))
    return last.clearingEmpty(mask)
  }
}
