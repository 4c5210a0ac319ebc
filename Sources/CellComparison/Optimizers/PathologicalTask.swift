internal import DenseArrays

/// A task that needs to remember something over many steps: what optimizers of recurrent nets are compared on.
///
/// Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997, section 5, in the form of Martens and Sutskever,
/// "Learning recurrent neural networks with Hessian-free optimization", 2011, section 5, and of Pascanu, Mikolov and Bengio,
/// "On the difficulty of training recurrent neural networks", 2013, as their published generators draw sequences; copy from
/// Arjovsky, Shah and Bengio, "Unitary evolution recurrent neural networks", 2016. A task is solved when fewer than 1 of 100
/// test sequences are answered wrongly: off by more than 0.04, or with any symbol wrong. Docs/optimizers.md says where the
/// sources differ.
public struct PathologicalTask: Hashable, Sendable {
  /// What has to be remembered.
  public enum Kind: String, CaseIterable, Sendable {
    /// Half the sum of two marked numbers.
    case adding
    /// The product of two marked numbers.
    case multiplication
    /// The exclusive or of two marked bits.
    case exclusiveOr = "exclusive-or"
    /// The order of two symbols.
    case temporalOrder = "temporal-order"
    /// The order of three symbols.
    case temporalOrder3 = "temporal-order-3-bit"
    /// The first of many symbols.
    case randomPermutation = "random-permutation"
    /// Five bits, then nothing, then the bits.
    case memorisation5 = "memorisation-5-bit"
    /// Ten symbols of five kinds, then nothing, then the symbols.
    case memorisation20 = "memorisation-20-bit"
    /// Ten symbols of eight kinds, then nothing, then the symbols.
    case copy
  }

  /// What has to be remembered.
  public let kind: Kind
  /// T, the length that the literature gives the task.
  public let length: Int

  /// A task; a length below 10 stops.
  public init(_ kind: Kind, length: Int) {
    guard length >= 10 else { stop("PathologicalTask: a length of \(length); expected at least 10") }
    self.kind = kind
    self.length = length
  }

  /// The sequences.
  public var problem: any SequenceProblem {
    switch kind {
    case .adding: MarkedNumbers(.mean, markers: .early, length: length)
    case .multiplication: MarkedNumbers(.product, markers: .early, length: length)
    case .exclusiveOr: MarkedNumbers(.exclusiveOr, markers: .early, length: length)
    case .temporalOrder: TemporalOrder(bits: 2, length: length)
    case .temporalOrder3: TemporalOrder(bits: 3, length: length)
    case .randomPermutation: RandomPermutation(length: length)
    case .memorisation5: Recall(symbolCount: 5, alphabet: 2, length: length, answersEverywhere: false)
    case .memorisation20: Recall(symbolCount: 10, alphabet: 5, length: length, answersEverywhere: false)
    case .copy: Recall(symbolCount: 10, alphabet: 8, length: length, answersEverywhere: false)
    }
  }
}
