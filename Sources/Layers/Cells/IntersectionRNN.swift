public import Autodiff
public import DenseArrays

/// The intersection network (+RNN): a gated state over time and a gated output over depth.
///
///     c = tanh(Wh x + Uh h' + bh)                         candidate
///     u = relu(Wy x + Uy h' + by)                         candidate of the output
///     gh = sigmoid(Wgh x + Ugh h' + bgh + 1)              gates
///     gy = sigmoid(Wgy x + Ugy h' + bgy + 1)
///     h = gh * h' + (1 - gh) * c                          state
///     y = gy * x + (1 - gy) * u                           output
///
/// Source: Collins, Sohl-Dickstein and Sussillo, "Capacity and trainability in recurrent neural networks", 2017; the
/// constant inside the gates as in TensorFlow 1. Where inputs and hidden units differ in number, Wx x takes the place
/// of the bare x.
///
/// Parameters: 4 (n d + n^2 + n) for inputs of size d and n hidden units; n d more where d is not n.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero.
public struct IntersectionRNN: RecurrentCell {
  /// Wgh, Ugh and bgh.
  public let stateGate: Gate
  /// Wh, Uh and bh.
  public let candidate: Gate
  /// Wgy, Ugy and bgy.
  public let outputGate: Gate
  /// Wy, Uy and by.
  public let outputCandidate: Gate
  /// Wx, where x has another size than the output.
  public let projection: Linear?
  /// The constant inside both gates.
  public let gateOffset: Double

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, gateOffset: Double = 1, using random: inout RandomSource) {
    stateGate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    outputGate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    outputCandidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    projection = Linear(ifNeededFrom: inputSize, to: hiddenSize, using: &random)
    self.gateOffset = gateOffset
  }

  public func zeroState(batch: Int, on tape: Tape) -> Variable { tape.zeros([batch, candidate.hiddenSize]) }

  public func step(_ x: Variable, _ h: Variable, _ context: StepContext) -> (output: Variable, state: Variable) {
    let gh = sigmoid(stateGate(x, h) + gateOffset).named("state gate")
    let gy = sigmoid(outputGate(x, h) + gateOffset).named("output gate")
    let u = relu(outputCandidate(x, h))
    let state = gh * h + (1 - gh) * tanh(candidate(x, h)).named("candidate")
    return (gy * (projection?(x) ?? x) + (1 - gy) * u, state)
  }
}

extension Linear {
  /// A linear map without a bias from one size to another, or nil where they are equal and x can be used bare.
  init?(ifNeededFrom inputSize: Int, to outputSize: Int, using random: inout RandomSource) {
    guard inputSize != outputSize else { return nil }
    self.init(inputSize: inputSize, outputSize: outputSize, biasInitializer: nil, using: &random)
  }
}
