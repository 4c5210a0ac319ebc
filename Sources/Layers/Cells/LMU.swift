public import Autodiff
public import DenseArrays

/// The Legendre memory unit: a fixed linear memory of the last theta steps of one signal, and a simple network that
/// reads it.
///
///     u = ex x + eh h' + em m'                          a scalar
///     m = A m' + B u                                    memory of q numbers; A and B fixed
///     h = tanh(Wx x + Wh h' + Wm m)                     output
///
/// A and B are the zero-order hold, over one step, of the delay by theta in Legendre polynomials:
///
///     dm/dt = (a m + b u) / theta,  a_ij = (2i + 1) (-1 for i < j, else (-1)^(i - j + 1)),  b_i = (2i + 1) (-1)^i
///
/// Source: Voelker, Kajic and Eliasmith, "Legendre memory units", 2019.
///
/// Parameters: d + n + q + n (d + n + q) for inputs of size d, n hidden units and a memory of q numbers.
///
/// Initialisation: ex LeCun uniform as eh, em zero; Wx and Wm Glorot uniform, Wh orthogonal.
public struct LMU: RecurrentCell {
  /// ex: [1, d], without a bias.
  public let inputEncoder: Linear
  /// eh: [1, n].
  public let hiddenEncoder: Linear
  /// em: [1, q].
  public let memoryEncoder: Linear
  /// Wx and Wh.
  public let hidden: Gate
  /// Wm.
  public let reading: Linear
  /// A, [q, q], in float64.
  public let transition: DenseArray
  /// B, [q], in float64.
  public let injection: DenseArray

  /// A cell with new parameters of type float32; the memory has as many numbers as there are hidden units unless said.
  public init(
    inputSize: Int, hiddenSize: Int, memorySize: Int? = nil, delay: Double = 100, using random: inout RandomSource
  ) {
    let q = memorySize ?? hiddenSize
    func encoder(_ size: Int, _ initializer: Initializer) -> Linear {
      Linear(inputSize: size, outputSize: 1, initializer: initializer, biasInitializer: nil, using: &random)
    }
    func leCun(_ size: Int) -> Initializer {
      let bound = (3 / Double(size)).squareRoot()
      return .uniform(-bound...bound)
    }
    inputEncoder = encoder(inputSize, leCun(inputSize))
    hiddenEncoder = encoder(hiddenSize, leCun(hiddenSize))
    memoryEncoder = encoder(q, .zeros)
    hidden = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: nil, using: &random)
    reading = Linear(inputSize: q, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    (transition, injection) = LMU.discretized(size: q, delay: delay)
  }

  public func zeroState(batch: Int, on tape: Tape) -> LSTM.State {
    LSTM.State(hidden: tape.zeros([batch, hidden.hiddenSize]), memory: tape.zeros([batch, injection.shape[0]]))
  }

  public func step(
    _ x: Variable, _ state: LSTM.State, _ context: StepContext
  ) -> (output: Variable, state: LSTM.State) {
    let (tape, h) = (x.tape, state.hidden)
    let a = tape.constant(transition.converted(to: tape.scalarType))
    let b = tape.constant(injection.converted(to: tape.scalarType))
    let u = inputEncoder(x) + hiddenEncoder(h) + memoryEncoder(state.memory)
    let m = (matmul(state.memory, a, transposeSecond: true) + u * b).named("memory")
    let y = tanh(hidden(x, h) + reading(m))
    return (y, LSTM.State(hidden: y, memory: m))
  }

  /// A and B: the blocks of exp [[a, b], [0, 0]] / theta.
  private static func discretized(size q: Int, delay: Double) -> (DenseArray, DenseArray) {
    var generator = DenseArray(zeros: [q + 1, q + 1], .float64)
    for i in 0..<q {
      let scale = Double(2 * i + 1) / delay
      for j in 0..<q { generator[i, j] = scale * (i < j || (i - j).isMultiple(of: 2) ? -1 : 1) }
      generator[i, q] = scale * (i.isMultiple(of: 2) ? 1 : -1)
    }
    let exponential = matrixExponential(Tape(scalarType: .float64).constant(generator)).value
    var (a, b) = (DenseArray(zeros: [q, q], .float64), DenseArray(zeros: [q], .float64))
    for i in 0..<q {
      for j in 0..<q { a[i, j] = exponential[i, j] }
      b[i] = exponential[i, q]
    }
    return (a, b)
  }
}
