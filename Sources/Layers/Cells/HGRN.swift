public import Autodiff
public import DenseArrays

/// The hierarchically gated recurrent network, linear in its state.
///
///     f = l + (1 - l) sigmoid(Wf x)                     forget gate, at least l
///     h = f * h' + (1 - f) * silu(Wi x)                 state
///     y = w * h / rms(h) * silu(Wg x)                   output
///
/// Source: Qin, Yang and Zhong, "Hierarchically gated recurrent neural network for sequence modeling", 2023, with real
/// states, in the form of flash-linear-attention. In the paper l is trained and rises from layer to layer; here it is
/// given.
///
/// Parameters: 3 n d + n for inputs of size d and n hidden units.
///
/// Initialisation: weights Glorot uniform, w 1.
public struct HGRN: RecurrentCell {
  /// Wf.
  public let forget: Linear
  /// Wi.
  public let input: Linear
  /// Wg.
  public let output: Linear
  /// w.
  public let gain: Scale
  /// l.
  public let lowerBound: Double

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, lowerBound: Double = 0, using random: inout RandomSource) {
    func linear() -> Linear {
      Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    }
    forget = linear()
    input = linear()
    output = linear()
    gain = Scale(size: hiddenSize, initializer: .constant(1), using: &random)
    self.lowerBound = lowerBound
  }

  public func zeroState(batch: Int, on tape: Tape) -> Variable { tape.zeros([batch, gain.size]) }

  public func step(_ x: Variable, _ h: Variable, _ context: StepContext) -> (output: Variable, state: Variable) {
    let f = (lowerBound + (1 - lowerBound) * sigmoid(forget(x))).named("forget gate")
    let h = f * h + (1 - f) * silu(input(x))
    let meanSquare = square(h).mean(axes: [-1], keepingAxes: true)
    return (gain(h / sqrt(meanSquare + 1e-5)) * silu(output(x)), h)
  }
}
