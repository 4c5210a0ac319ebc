public import Autodiff
public import DenseArrays

/// The cell that a neural architecture search found.
///
///     i_k = W_k x,  m_k = U_k h'                      k = 0...7
///     a0 = sigmoid(i0 + m0)   a1 = relu(i1 + m1)   a2 = sigmoid(i2 + m2)   a3 = relu(i3 * m3)
///     a4 = tanh(i4 + m4)      a5 = sigmoid(i5 + m5)   a6 = tanh(i6 + m6)   a7 = sigmoid(i7 + m7)
///     c = tanh(tanh(a0 * a1) + c') * tanh(a2 + a3)                          memory
///     h = tanh(c * tanh(tanh(a4 * a5) + sigmoid(a6 + a7)))                  output
///
/// Source: Zoph and Le, "Neural architecture search with reinforcement learning", 2017, appendix A, as the authors'
/// code in TensorFlow 1 has it. RecurrentLayers.jl adds in a3 where the cell multiplies.
///
/// Parameters: 8 (n d + n^2) for inputs of size d and n hidden units; no biases.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal.
public struct NASCell: MemoryCell {
  /// W_k and U_k.
  public let nodes: [Gate]

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    nodes = (0..<8).map { _ in
      Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: nil, using: &random)
    }
  }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    let a3 = relu(nodes[3].input(x) * nodes[3].recurrent(h))
    let l0 = tanh(tanh(sigmoid(nodes[0](x, h)) * relu(nodes[1](x, h))) + c)
    let l1 = tanh(sigmoid(nodes[2](x, h)) + a3)
    let l2 = tanh(tanh(nodes[4](x, h)) * sigmoid(nodes[5](x, h)))
    let l3 = sigmoid(tanh(nodes[6](x, h)) + sigmoid(nodes[7](x, h)))
    let c = (l0 * l1).named("memory")
    return (tanh(c * tanh(l2 + l3)), c)
  }
}
