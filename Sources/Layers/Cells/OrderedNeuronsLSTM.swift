public import Autodiff
public import DenseArrays

/// The ordered-neurons LSTM (ON-LSTM), whose units forget in an order: high ones keep long, low ones short.
///
///     cumax(a) = cumulative sum of softmax(a)
///     F = cumax(WF x + UF h' + bF)                       master forget gate
///     I = 1 - cumax(WI x + UI h' + bI)                   master input gate
///     w = F * I                                          where they overlap
///     f^ = f * w + (F - w),  i^ = i * w + (I - w)        f, i, g and o as in `LSTM`
///     c = f^ * c' + i^ * g
///     h = o * tanh(c)
///
/// Source: Shen, Tan, Sordoni and Courville, "Ordered neurons: integrating tree structures into recurrent neural
/// networks", 2019. Master gates have n / C units, each for C neighbours.
///
/// Parameters: 4 (n d + n^2 + n) + 2 (n / C) (d + n + 1) for inputs of size d and n hidden units.
///
/// Initialisation: as `LSTM`.
public struct OrderedNeuronsLSTM: MemoryCell {
  /// The sums of input gate, forget gate, candidate and output gate.
  public let input, forget, candidate, output: Gate
  /// The sums of the master gates.
  public let masterInput, masterForget: Gate

  /// A cell with new parameters of type float32; a chunk size that does not divide the hidden size stops.
  public init(inputSize: Int, hiddenSize: Int, chunkSize: Int = 1, using random: inout RandomSource) {
    guard chunkSize > 0, hiddenSize.isMultiple(of: chunkSize) else {
      stop("OrderedNeuronsLSTM: \(hiddenSize) hidden units in chunks of \(chunkSize); expected a divisor")
    }
    func gate(_ size: Int, _ bias: Initializer = .zeros) -> Gate {
      Gate(
        inputSize: inputSize, hiddenSize: size, recurrentSize: hiddenSize, biasInitializer: bias, using: &random)
    }
    input = gate(hiddenSize)
    forget = gate(hiddenSize, .forgetBias)
    candidate = gate(hiddenSize)
    output = gate(hiddenSize)
    masterInput = gate(hiddenSize / chunkSize)
    masterForget = gate(hiddenSize / chunkSize)
  }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    let masterF = repeated(cumulativeSum(softmax(masterForget(x, h)))).named("master forget gate")
    let masterI = repeated(1 - cumulativeSum(softmax(masterInput(x, h)))).named("master input gate")
    let overlap = masterF * masterI
    let i = sigmoid(input(x, h)) * overlap + (masterI - overlap)
    let f = sigmoid(forget(x, h)) * overlap + (masterF - overlap)
    let c = (f * c + i * tanh(candidate(x, h)).named("candidate")).named("memory")
    return (sigmoid(output(x, h)).named("output gate") * tanh(c), c)
  }

  /// Each number as often as a chunk has units: [batch, n / C] to [batch, n].
  private func repeated(_ gate: Variable) -> Variable {
    let (batch, count) = (gate.shape[0], gate.shape[1])
    let chunkSize = candidate.hiddenSize / count
    return gate.expanded(axis: -1).broadcast(to: [batch, count, chunkSize]).reshaped(to: [batch, count * chunkSize])
  }
}
