public import Autodiff
public import DenseArrays

/// The gated orthogonal recurrent unit.
///
///     r = sigmoid(Wr x + Ur h' + br)                   reset gate
///     g = sigmoid(Wg x + Ug h' + bg)                   update gate: keeps the old state
///     c = modReLU(r * (Q h') + Wc x, bc)               candidate, Q orthogonal
///     h = g * h' + (1 - g) * c
///
/// Source: Jing, Gulcehre, Peurifoy, Shen, Tegmark, Soljacic and Bengio, "Gated orthogonal recurrent units: on learning
/// to forget", 2019. Q is a product of Householder reflections here, of rotations in the paper.
///
/// Parameters: 3 n d + 2 n^2 + 3 n + k n for inputs of size d, n hidden units and k reflections.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, reflections normal, biases zero.
public struct GORU: SimpleRecurrentCell {
  /// Wr, Ur and br.
  public let reset: Gate
  /// Wg, Ug and bg.
  public let update: Gate
  /// Wc.
  public let candidate: Linear
  /// The reflections' vectors: [k, n].
  public let reflections: Parameter
  /// bc: [n].
  public let bias: Parameter
  private var orthogonal: Variable?

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, reflections: Int = 4, using random: inout RandomSource) {
    reset = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    update = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    candidate = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    self.reflections = Parameter(
      .normal(standardDeviation: 1), [min(reflections, hiddenSize), hiddenSize], using: &random)
    bias = Parameter(.zeros, [hiddenSize], using: &random)
  }

  public func prepared(on tape: Tape) -> GORU {
    var cell = self
    cell.orthogonal = householderProduct(tape.parameter(reflections))
    return cell
  }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    let tape = x.tape
    let q = orthogonal ?? householderProduct(tape.parameter(reflections))
    let r = sigmoid(reset(x, h)).named("reset gate")
    let g = sigmoid(update(x, h)).named("update gate")
    let sum = r * matmul(h, q, transposeSecond: true) + candidate(x)
    let c = modReLU(sum, bias: tape.parameter(bias)).named("candidate")
    return g * h + (1 - g) * c
  }
}
