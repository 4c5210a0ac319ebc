public import Autodiff
public import DenseArrays

/// The linear recurrent unit: a diagonal complex recurrence.
///
///     lambda = exp(-exp(nu) + i exp(theta))
///     h = lambda * h' + exp(gamma) * (B x)              complex
///     y = Re(C h) + D x                                 output
///
/// Source: Orvieto et al., "Resurrecting recurrent neural networks for long sequences", 2023. The state has
/// a real and an imaginary part; the paper follows the unit by a nonlinear layer.
///
/// Parameters: 3 n + 2 n d + 2 n^2 + n d for inputs of size d and n complex units and n outputs.
///
/// Initialisation: |lambda|^2 uniform in radii^2, the angle uniform in 0...2 pi, gamma = log sqrt(1 - |lambda|^2), B
/// normal with standard deviation 1/sqrt(2d), C 1/sqrt(n), D 1/sqrt(d).
public struct LRU: RecurrentCell {
  /// Real and imaginary part, [batch, n] each.
  public typealias State = StatePair<Variable, Variable>

  /// nu: [n].
  public let decay: Parameter
  /// theta: [n].
  public let angle: Parameter
  /// gamma: [n].
  public let gain: Parameter
  /// Re B and Im B.
  public let inputReal, inputImaginary: Linear
  /// Re C and Im C.
  public let outputReal, outputImaginary: Linear
  /// D.
  public let skip: Linear

  /// A cell with new parameters of type float32.
  public init(
    inputSize: Int, hiddenSize: Int, radii: ClosedRange<Double> = 0.9...0.999, using random: inout RandomSource
  ) {
    let squares = (radii.lowerBound * radii.lowerBound)...(radii.upperBound * radii.upperBound)
    let tape = Tape(scalarType: .float64)
    let modulus = tape.constant(DenseArray.uniform([hiddenSize], in: squares, .float64, using: &random))
    // Away from 0, of which there is no logarithm.
    let turn = tape.constant(DenseArray.uniform([hiddenSize], in: 0.001...1, .float64, using: &random))
    decay = Parameter(log(-0.5 * log(modulus)).value.converted(to: .float32))
    angle = Parameter(log(2 * Double.pi * turn).value.converted(to: .float32))
    gain = Parameter((0.5 * log(1 - modulus)).value.converted(to: .float32))
    func linear(_ inputs: Int, _ variance: Double) -> Linear {
      Linear(
        inputSize: inputs, outputSize: hiddenSize, initializer: .normal(standardDeviation: variance.squareRoot()),
        biasInitializer: nil, using: &random)
    }
    inputReal = linear(inputSize, 0.5 / Double(inputSize))
    inputImaginary = linear(inputSize, 0.5 / Double(inputSize))
    outputReal = linear(hiddenSize, 1 / Double(hiddenSize))
    outputImaginary = linear(hiddenSize, 1 / Double(hiddenSize))
    skip = linear(inputSize, 1 / Double(inputSize))
  }

  public func zeroState(batch: Int, on tape: Tape) -> State {
    let zero = tape.zeros([batch, skip.outputSize])
    return State(zero, zero)
  }

  public func step(_ x: Variable, _ state: State, _ context: StepContext) -> (output: Variable, state: State) {
    let tape = x.tape
    let radius = exp(-exp(tape.parameter(decay)))
    let theta = exp(tape.parameter(angle))
    let (real, imaginary) = (radius * cos(theta), radius * sin(theta))
    let gamma = exp(tape.parameter(gain))
    let (a, b) = (state.first, state.second)
    let nextReal = real * a - imaginary * b + gamma * inputReal(x)
    let nextImaginary = real * b + imaginary * a + gamma * inputImaginary(x)
    let y = outputReal(nextReal) - outputImaginary(nextImaginary) + skip(x)
    return (y, State(nextReal, nextImaginary))
  }
}
