internal import Autodiff
internal import DenseArrays
internal import Layers

/// A cell that no library has, for measuring what an idea costs: a gated unit whose candidate is scaled by the input.
///
///     f = sigmoid(Wf x + Uf h + bf)
///     r = sigmoid(Wr x + Ur h + br)
///     c = tanh(Wc x + Uc (r * h) + bc)
///     s = softplus(Ws x + bs)
///     h' = f * h + (1 - f) * c * s / (1 + s)
///
/// Written as anybody would write it, without a thought for speed.
struct NovelCell: SimpleRecurrentCell {
  let forget, reset, candidate: Gate
  let scale: Linear

  init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    forget = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    reset = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    scale = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
  }

  func step(_ x: Variable, _ h: Variable) -> Variable {
    let f = sigmoid(forget(x, h))
    let r = sigmoid(reset(x, h))
    let c = tanh(candidate(x, r * h))
    let s = softplus(scale(x))
    return f * h + (1 - f) * c * s / (1 + s)
  }
}

extension CellCatalog {
  /// A cell that no library has built in, so that measurements show what a new idea runs at; not among `all`.
  public static let novel: CellDescription = .named(
    "novel", variant: "gated, the candidate scaled by the input", products: .init(input: 4, recurrent: 3)
  ) { NovelCell(inputSize: $0, hiddenSize: $1, using: &$2) }
}
