public import Autodiff
public import DenseArrays

/// Queries, keys and values of an input: what the cells with a matrix of associations for their state read and write.
public struct Associations: Module {
  /// Wq: [n, d].
  public let query: Linear
  /// Wk: [n, d].
  public let key: Linear
  /// Wv: [n, d].
  public let value: Linear

  /// Maps with new parameters of type float32, Glorot uniform and without biases.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    func linear() -> Linear {
      Linear(inputSize: inputSize, outputSize: hiddenSize, biasInitializer: nil, using: &random)
    }
    query = linear()
    key = linear()
    value = linear()
  }

  /// n.
  public var hiddenSize: Int { query.outputSize }

  /// S^T q / sqrt(n) for S of shape [batch, n, n]: what a query finds.
  func read(_ s: Variable, _ q: Variable) -> Variable {
    product(s, q, transposed: true) / Double(hiddenSize).squareRoot()
  }

  /// S without associations.
  func emptyState(batch: Int, on tape: Tape) -> Variable { tape.zeros([batch, hiddenSize, hiddenSize]) }
}

/// Linear attention as a recurrent network, and retention, in which associations fade.
///
///     S = g S' + k v^T                      g = 1, or 1 - 2^-5 for retention
///     y = S^T q / sqrt(n)                   q = Wq x,  k = Wk x,  v = Wv x
///
/// Source: Katharopoulos, Vyas, Pappas and Fleuret, "Transformers are RNNs", 2020, without feature map and normaliser;
/// Sun et al., "Retentive network: a successor to transformer", 2023 with one head, without rotation and norm.
///
/// Parameters: 3 n d for inputs of size d and a state of n x n. Initialisation: Glorot uniform.
public struct LinearAttention: RecurrentCell {
  /// Wq, Wk and Wv.
  public let associations: Associations
  /// g.
  public let decay: Double

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, decay: Double = 1, using random: inout RandomSource) {
    associations = Associations(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    self.decay = decay
  }

  public func parameterName(ofProperty property: String) -> String { property == "associations" ? "" : property }

  public func zeroState(batch: Int, on tape: Tape) -> Variable { associations.emptyState(batch: batch, on: tape) }

  public func step(_ x: Variable, _ s: Variable, _ context: StepContext) -> (output: Variable, state: Variable) {
    let s = decay * s + outerProduct(associations.key(x), associations.value(x))
    return (associations.read(s, associations.query(x)), s)
  }
}

/// Gated linear attention: each row of the matrix of associations has a forget gate.
///
///     a = sigmoid(Wa x + ba)^(1/16)             forget gates
///     S = diag(a) S' + k v^T
///     y = S^T q / sqrt(n)
///
/// Source: Yang, Wang, Shen, Panda and Kim, "Gated linear attention transformers with hardware-efficient training",
/// 2024 with one head, without output gate and norm; Wa has full rank.
///
/// Parameters: 4 n d + n for inputs of size d and a state of n x n. Initialisation: Glorot uniform, ba zero.
public struct GatedLinearAttention: RecurrentCell {
  /// Wq, Wk and Wv.
  public let associations: Associations
  /// Wa and ba.
  public let forget: Linear

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    associations = Associations(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    forget = Linear(inputSize: inputSize, outputSize: hiddenSize, using: &random)
  }

  public func parameterName(ofProperty property: String) -> String { property == "associations" ? "" : property }

  public func zeroState(batch: Int, on tape: Tape) -> Variable { associations.emptyState(batch: batch, on: tape) }

  public func step(_ x: Variable, _ s: Variable, _ context: StepContext) -> (output: Variable, state: Variable) {
    // The power of the sigmoid by its logarithm.
    let a = exp(softplus(-forget(x)) / -16).named("forget gate")
    let s = a.expanded(axis: -1) * s + outerProduct(associations.key(x), associations.value(x))
    return (associations.read(s, associations.query(x)), s)
  }
}

/// The recurrence of RWKV-6: rows decay at a rate that depends on the input, and the present pair has a weight of its
/// own.
///
///     w = exp(-exp(Ww x + bw))                        decay
///     y = (S' + diag(u) k v^T)^T q / sqrt(n)
///     S = diag(w) S' + k v^T
///
/// Source: Peng et al., "Eagle and Finch: RWKV with matrix-valued states and dynamic recurrence", 2024 with one
/// head, without token shift, gate and norm; Ww has full rank.
///
/// Parameters: 4 n d + 2 n for inputs of size d and a state of n x n.
///
/// Initialisation: weights Glorot uniform, bw -2, u uniform in +-1/sqrt(n).
public struct RWKV: RecurrentCell {
  /// Wq, Wk and Wv.
  public let associations: Associations
  /// Ww and bw.
  public let decay: Linear
  /// u.
  public let bonus: Scale

  /// A cell with new parameters of type float32.
  public init(inputSize: Int, hiddenSize: Int, using random: inout RandomSource) {
    associations = Associations(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    decay = Linear(
      inputSize: inputSize, outputSize: hiddenSize, biasInitializer: .constant(-2), using: &random)
    bonus = Scale(size: hiddenSize, using: &random)
  }

  public func parameterName(ofProperty property: String) -> String { property == "associations" ? "" : property }

  public func zeroState(batch: Int, on tape: Tape) -> Variable { associations.emptyState(batch: batch, on: tape) }

  public func step(_ x: Variable, _ s: Variable, _ context: StepContext) -> (output: Variable, state: Variable) {
    let (k, v) = (associations.key(x), associations.value(x))
    let w = exp(-exp(decay(x))).named("decay")
    let y = associations.read(s + outerProduct(bonus(k), v), associations.query(x))
    return (y, w.expanded(axis: -1) * s + outerProduct(k, v))
  }
}
