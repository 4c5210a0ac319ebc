public import Autodiff
public import DenseArrays

/// The selective state-space recurrence of Mamba (S6): linear in its state, with steps of time that the input chooses.
///
///     u = Wu x                                      n channels
///     dt = softplus(Wt u + bt)                      a step of time for each channel
///     B = WB u,  C = WC u                           N numbers each
///     h = exp(dt a) * h' + (dt u) B^T               N numbers for each channel; a = -exp(A)
///     y = h C + D * u
///
/// Source: Gu and Dao, "Mamba: linear-time sequence modeling with selective state spaces", 2023, algorithm 2; the map
/// of the input is part of the cell, the convolution and the gate of the block around it are not. Wt has full rank.
///
/// Parameters: n d + n^2 + 2 n N + n N + 2 n for inputs of size d, n channels and N numbers a channel.
///
/// Initialisation: weights Glorot uniform, bt so that dt is uniform in its logarithm between 0.001 and 0.1, A = log
/// 1...N, D 1.
public struct SelectiveSSM: RecurrentCell {
  /// Wu.
  public let input: Linear
  /// Wt and bt.
  public let timeStep: Linear
  /// WB.
  public let writing: Linear
  /// WC.
  public let reading: Linear
  /// A: [n, N].
  public let logRates: Parameter
  /// D.
  public let skip: Scale

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, stateSize: Int = 16, using random: inout RandomSource) {
    input = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    let stepBias = Initializer("timeSteps") { shape, random in
      let tape = Tape(scalarType: .float64)
      let exponents = tape.constant(DenseArray.uniform(shape, in: -3 ... -1, .float64, using: &random))
      // The inverse of softplus.
      return log(expm1(pow(10, exponents))).value
    }
    timeStep = Linear(inputSize: hiddenSize, outputSize: hiddenSize, biasInitializer: stepBias, using: &random)
    writing = Linear(inputSize: hiddenSize, outputSize: stateSize, biasInitializer: nil, using: &random)
    reading = Linear(inputSize: hiddenSize, outputSize: stateSize, biasInitializer: nil, using: &random)
    let rates = (0..<hiddenSize * stateSize).map { Double($0 % stateSize + 1) }
    let tape = Tape(scalarType: .float64)
    let logarithms = log(tape.constant(DenseArray(rates, shape: [hiddenSize, stateSize]))).value
    logRates = Parameter(logarithms.converted(to: .float32))
    skip = Scale(size: hiddenSize, initializer: .constant(1), using: &random)
  }

  public func zeroState(batch: Int, on tape: Tape) -> Variable {
    tape.zeros(logRates.shape.prepending(batch))
  }

  public func step(_ x: Variable, _ h: Variable, _ context: StepContext) -> (output: Variable, state: Variable) {
    let u = input(x)
    let dt = softplus(timeStep(u)).named("time step")
    let decay = exp(dt.expanded(axis: -1) * -exp(x.tape.parameter(logRates)))
    let h = decay * h + outerProduct(dt * u, writing(u))
    return (product(h, reading(u)) + skip(u), h)
  }
}
