public import Autodiff
public import DenseArrays

/// The recurrent highway network: several gated layers from one time step to the next.
///
///     s_0 = h'
///     a = tanh([l = 1] Wa x + Ra_l s_(l-1) + ba_l)              candidate of layer l = 1...L
///     t = sigmoid([l = 1] Wt x + Rt_l s_(l-1) + bt_l)           transform gate
///     s_l = a * t + s_(l-1) * (1 - t)                           coupled
///     s_l = a * t + s_(l-1) * k                                 with a carry gate k like t
///     h = s_L
///
/// Source: Zilly, Srivastava, Koutnik and Schmidhuber, "Recurrent highway networks", 2017.
///
/// Parameters: g n d + g L (n^2 + n) for inputs of size d, n hidden units and g = 2, or 3 with carry gates.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero but those of the transform
/// gates, which are -2, and of the carry gates, which are 2.
public struct RHN: SimpleRecurrentCell {
  /// Wa.
  public let candidateInput: Linear
  /// Wt.
  public let transformInput: Linear
  /// The input weights of the carry gate, or nil where gates are coupled.
  public let carryInput: Linear?
  /// Ra_l and ba_l.
  public let candidate: [Linear]
  /// Rt_l and bt_l.
  public let transform: [Linear]
  /// Recurrent weights and biases of the carry gates; empty where gates are coupled.
  public let carry: [Linear]

  /// A cell with new parameters of type float32.
  public init(
    inputSize: Int, hiddenSize: Int, depth: Int = 3, hasCarryGate: Bool = false, using random: inout RandomSource
  ) {
    func input() -> Linear {
      Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    }
    func layers(_ count: Int, _ bias: Double) -> [Linear] {
      (0..<count).map { _ in
        Linear(
          inputSize: hiddenSize, outputSize: hiddenSize, initializer: .orthogonal(), biasInitializer: .constant(bias),
          using: &random)
      }
    }
    candidateInput = input()
    transformInput = input()
    carryInput = hasCarryGate ? input() : nil
    candidate = layers(depth, 0)
    transform = layers(depth, -2)
    carry = layers(hasCarryGate ? depth : 0, 2)
  }

  public var stateSize: Int { candidateInput.outputSize }

  public func step(_ x: Variable, _ h: Variable) -> Variable {
    var s = h
    for layer in candidate.indices {
      /// The sum of one of the layer's parts; the first layer hears the input.
      func sum(_ recurrent: [Linear], _ input: Linear?) -> Variable {
        let sum = recurrent[layer](s)
        return layer == 0 ? input.map { $0(x) + sum } ?? sum : sum
      }
      let a = tanh(sum(candidate, candidateInput))
      let t = sigmoid(sum(transform, transformInput)).named("transform gate \(layer + 1)")
      let k = carry.isEmpty ? 1 - t : sigmoid(sum(carry, carryInput)).named("carry gate \(layer + 1)")
      s = a * t + s * k
    }
    return s
  }
}
