public import Autodiff
public import DenseArrays

/// The long expressive memory: two coupled states, each with a learned time step.
///
///     d1 = dt sigmoid(W1 x + U1 y' + b1)                          time step of the output
///     d2 = dt sigmoid(W2 x + U2 y' + b2)                          time step of the memory
///     z = (1 - d2) * z' + d2 * tanh(Wz x + Uz y' + bz)            memory
///     y = (1 - d1) * y' + d1 * tanh(Wy x + R z + by)              output, which hears the new memory
///
/// Source: Rusch, Mishra, Erichson and Mahoney, "Long expressive memory for sequence modeling", 2022. Which time
/// step is called 1 is as in the authors' code; the paper's text has them the other way round.
///
/// Parameters: 4 (n d + n^2 + n) for inputs of size d and n hidden units.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, biases zero.
public struct LEM: MemoryCell {
  /// W1, U1 and b1.
  public let outputTimeStep: Gate
  /// W2, U2 and b2.
  public let memoryTimeStep: Gate
  /// Wz, Uz and bz.
  public let memory: Gate
  /// Wy, R and by.
  public let output: Gate
  /// dt.
  public let timeStep: Double

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, timeStep: Double = 1, using random: inout RandomSource) {
    outputTimeStep = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    memoryTimeStep = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    memory = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    output = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    self.timeStep = timeStep
  }

  public func step(_ x: Variable, _ y: Variable, _ z: Variable) -> (h: Variable, c: Variable) {
    let d1 = timeStep * sigmoid(outputTimeStep(x, y)).named("output gate")
    let d2 = timeStep * sigmoid(memoryTimeStep(x, y)).named("memory gate")
    let z = (1 - d2) * z + d2 * tanh(memory(x, y))
    return ((1 - d1) * y + d1 * tanh(output(x, z)), z)
  }
}
