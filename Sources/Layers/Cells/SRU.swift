public import Autodiff
public import DenseArrays

/// The simple recurrent unit: all products are of the input, and the state is used elementwise only.
///
///     f = sigmoid(Wf x + vf * c' + bf)                 forget gate
///     r = sigmoid(Wr x + vr * c' + br)                 highway gate
///     c = f * c' + (1 - f) * (W x)                     memory
///     h = r * c + (1 - r) * alpha x                    output
///
/// Source: Lei, Zhang, Wang, Dai and Artzi, "Simple recurrent units for highly parallelizable recurrence", 2018;
/// without vf and vr (`seesMemory: false`) the first version of 2017, which is linear in its memory. Where inputs and
/// hidden units differ in number, Wx x takes the place of x. alpha is 1 unless said; the paper's is sqrt(1 + 2 exp(br))
/// at first.
///
/// Parameters: 3 n d + 4 n for inputs of size d and n hidden units, 2 n fewer in the first version; n d more where d is
/// not n.
///
/// Initialisation: weights Glorot uniform, vf and vr uniform in +-1/sqrt(n), biases zero. TensorFlow 1 has the first
/// version with tanh of the memory in the output and always a projection.
public struct SRU: MemoryCell {
  /// W.
  public let candidate: Linear
  /// Wf and bf.
  public let forget: Linear
  /// Wr and br.
  public let highway: Linear
  /// vf, or nil in the first version.
  public let forgetPeephole: Scale?
  /// vr, or nil in the first version.
  public let highwayPeephole: Scale?
  /// Wx, where x has another size than the output.
  public let projection: Linear?
  /// alpha.
  public let inputScale: Double

  /// A cell with new parameters of type float32.
  public init(
    inputSize: Int, hiddenSize: Int, seesMemory: Bool = true, inputScale: Double = 1,
    using random: inout RandomSource
  ) {
    candidate = Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    forget = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
    highway = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
    forgetPeephole = seesMemory ? Scale(size: hiddenSize, using: &random) : nil
    highwayPeephole = seesMemory ? Scale(size: hiddenSize, using: &random) : nil
    projection = Linear(ifNeededFrom: inputSize, to: hiddenSize, using: &random)
    self.inputScale = inputScale
  }

  public var stateSize: Int { candidate.outputSize }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    let f = sigmoid(sum(forget(x), forgetPeephole, c)).named("forget gate")
    let r = sigmoid(sum(highway(x), highwayPeephole, c)).named("highway gate")
    let memory = (f * c + (1 - f) * candidate(x).named("candidate")).named("memory")
    return (r * memory + (1 - r) * inputScale * (projection?(x) ?? x), memory)
  }

  private func sum(_ input: Variable, _ peephole: Scale?, _ c: Variable) -> Variable {
    peephole.map { input + $0(c) } ?? input
  }
}
