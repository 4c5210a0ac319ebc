public import Autodiff
public import DenseArrays

/// The long short-term memory whose gates see the memory, and what is left of it without one of its parts.
///
///     i = sigmoid(Wi x + Ui h' + pi * c' + bi)      input gate
///     f = sigmoid(Wf x + Uf h' + pf * c' + bf)      forget gate
///     g = tanh(Wg x + Ug h' + bg)                   candidate
///     c = f * c' + i * g                            memory
///     o = sigmoid(Wo x + Uo h' + po * c + bo)       output gate: sees the new memory
///     h = o * tanh(c)                               output
///
/// Source: Gers and Schmidhuber, "Recurrent nets that time and count", 2000; the variants from Greff, Srivastava,
/// Koutnik, Steunebrink and Schmidhuber, "LSTM: a search space odyssey", 2017. Their NP is `LSTM`, their FGR
/// `FullGateLSTM`.
///
/// Parameters: 4 (n d + n^2 + n) + 3 n for inputs of size d and n hidden units; n d + n^2 + 2 n less in a variant
/// without a gate.
///
/// Initialisation: input weights Glorot uniform, recurrent weights orthogonal, peepholes uniform in +-1/sqrt(n), biases
/// zero but the forget gate's, which is 1. Some libraries show all three gates the old memory, which is the variant
/// `oldMemory`; in Chainer's cell and in DyNet's coupled one peepholes are full matrices, as in `FullPeepholeLSTM`.
public struct PeepholeLSTM: MemoryCell {
  /// What a cell has or lacks, by the names of Greff et al.
  public enum Variant: String, CaseIterable, Sendable {
    /// V: all parts.
    case vanilla
    /// NIG: i = 1.
    case noInputGate
    /// NFG: f = 1.
    case noForgetGate
    /// NOG: o = 1.
    case noOutputGate
    /// NIAF: g without tanh.
    case noInputActivation
    /// NOAF: h = o * c.
    case noOutputActivation
    /// CIFG: f = 1 - i.
    case coupledGates
    /// No variant of theirs: o sees the old memory, as i and f do.
    case oldMemory
  }

  /// A gate that sees the memory: W x + U h' + p * c + b.
  public struct PeepholeGate: Module {
    /// W, U and b.
    public let gate: Gate
    /// p.
    public let peephole: Scale

    init(inputSize: Int, hiddenSize: Int, bias: Initializer = .zeros, using random: inout RandomSource) {
      gate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, biasInitializer: bias, using: &random)
      peephole = Scale(size: hiddenSize, using: &random)
    }

    public func parameterName(ofProperty property: String) -> String { property == "gate" ? "" : property }

    func callAsFunction(_ x: Variable, _ h: Variable, _ c: Variable, plus more: Variable? = nil) -> Variable {
      let sum = gate(x, h) + peephole(c)
      return sigmoid(more.map { sum + $0 } ?? sum)
    }
  }

  /// What the cell has or lacks.
  public let variant: Variant
  /// Wg, Ug and bg.
  public let candidate: Gate
  /// Wi, Ui, bi and pi, unless the variant has none.
  public let input: PeepholeGate?
  /// Wf, Uf, bf and pf, unless the variant has none.
  public let forget: PeepholeGate?
  /// Wo, Uo, bo and po, unless the variant has none.
  public let output: PeepholeGate?

  /// A cell with new parameters of type float32.
  public init(
    inputSize: Int, hiddenSize: Int, variant: Variant = .vanilla, forgetBias: Initializer = .forgetBias,
    using random: inout RandomSource
  ) {
    func gate(unless lacking: [Variant], bias: Initializer = .zeros) -> PeepholeGate? {
      lacking.contains(variant)
        ? nil : PeepholeGate(inputSize: inputSize, hiddenSize: hiddenSize, bias: bias, using: &random)
    }
    self.variant = variant
    candidate = Gate(inputSize: inputSize, hiddenSize: hiddenSize, using: &random)
    input = gate(unless: [.noInputGate])
    forget = gate(unless: [.noForgetGate, .coupledGates], bias: forgetBias)
    output = gate(unless: [.noOutputGate])
  }

  public func step(_ x: Variable, _ h: Variable, _ c: Variable) -> (h: Variable, c: Variable) {
    let sum = candidate(x, h)
    let g = (variant == .noInputActivation ? sum : tanh(sum)).named("candidate")
    let i = input.map { $0(x, h, c).named("input gate") }
    let f = forget.map { $0(x, h, c).named("forget gate") }
    let admitted = i.map { $0 * g } ?? g
    let kept: Variable
    if let f {
      kept = f * c
    } else if let i, variant == .coupledGates {
      kept = (1 - i) * c
    } else {
      kept = c
    }
    let memory = (kept + admitted).named("memory")
    let y = variant == .noOutputActivation ? memory : tanh(memory)
    let o = output.map { $0(x, h, variant == .oldMemory ? c : memory).named("output gate") }
    return (o.map { $0 * y } ?? y, memory)
  }
}
