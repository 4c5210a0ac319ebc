public import Autodiff
public import DenseArrays

/// The mean of the outputs over the steps that count.
public struct MeanOverTime: Readout {
  public init() {}

  public func callAsFunction(_ outputs: Variable, mask: DenseArray?) -> Variable {
    check(outputs, mask)
    guard let mask else { return outputs.mean(axes: [0]) }
    let tape = outputs.tape
    let shares = DenseArray(mask.stepCounts.map { $0 > 0 ? 1 / $0 : 0 }, shape: [mask.shape[1], 1])
    return outputs.masked(mask, otherwise: 0).sum(axes: [0]) * tape.constant(shares.converted(to: tape.scalarType))
  }
}

/// The largest output of each unit over the steps that count; the gradient goes to that step alone.
///
/// Source: Collobert and Weston, "A unified architecture for natural language processing", 2008. At a tie one of the
/// steps has the gradient.
public struct MaxOverTime: Readout {
  public init() {}

  public func callAsFunction(_ outputs: Variable, mask: DenseArray?) -> Variable {
    check(outputs, mask)
    // Halves are compared until one step is left: as many operations as the logarithm of the steps.
    var steps = outputs.masked(mask, otherwise: -.infinity)
    while steps.shape[0] > 1 {
      let (count, half) = (steps.shape[0], steps.shape[0] / 2)
      let larger = maximum(steps.slice(axis: 0, 0..<half), steps.slice(axis: 0, half..<2 * half))
      steps = count % 2 == 0 ? larger : concatenate([larger, steps.slice(axis: 0, count - 1..<count)])
    }
    return steps[0].clearingEmpty(mask)
  }
}
